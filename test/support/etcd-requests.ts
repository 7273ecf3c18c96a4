/** What an etcd server has been asked so far. */
export interface EtcdRequests {
  /** Reads, transactions and leases: one request, one answer. */
  readonly requests: number;
  /** Watches and keepalive streams that were opened. */
  readonly streams: number;
  /** Single keepalives on their streams. */
  readonly keepalives: number;
}

const STARTED = /^grpc_server_started_total\{(.*)\} (\S+)$/gm;
const KEEPALIVES = /^grpc_server_msg_received_total\{.*grpc_method="LeaseKeepAlive".*\} (\S+)$/m;

/** Reads the counters of a real etcd. */
export async function etcdRequests(endpoint: string): Promise<EtcdRequests> {
  const text = await (await fetch(`http://${endpoint}/metrics`)).text();
  let [requests, streams] = [0, 0];
  for (const [, labels, count] of text.matchAll(STARTED)) {
    if (labels!.includes('grpc_type="unary"')) requests += Number(count);
    else streams += Number(count);
  }
  return { requests, streams, keepalives: Number(KEEPALIVES.exec(text)?.[1] ?? 0) };
}

/** What was asked between two readings. */
export function requestsBetween(before: EtcdRequests, after: EtcdRequests): EtcdRequests {
  return {
    requests: after.requests - before.requests,
    streams: after.streams - before.streams,
    keepalives: after.keepalives - before.keepalives,
  };
}
