import type { ServiceError } from '@grpc/grpc-js';
import type { EtcdRawClient, EtcdService, Message } from '../../support/etcd-raw-client.js';
import { WatchProbe } from './watch-probe.js';

/** A message made easy to compare: bytes as text, answers without the ids that differ from server to server. */
export type Plain = Record<string, unknown>;

/** The short words the contract is written in. Keys and values are text here, one char per byte. */
export class ContractApi {
  constructor(readonly raw: EtcdRawClient) {}

  async call(service: EtcdService, method: string, request: Plain): Promise<Plain> {
    return plain(await this.raw.call(service, method, bytes(request) as Message)) as Plain;
  }

  put(key: string, value = '', extra: Plain = {}): Promise<Plain> {
    return this.call('KV', 'Put', { key, value, ...extra });
  }

  range(key: string, extra: Plain = {}): Promise<Plain> {
    return this.call('KV', 'Range', { key, ...extra });
  }

  delete(key: string, extra: Plain = {}): Promise<Plain> {
    return this.call('KV', 'DeleteRange', { key, ...extra });
  }

  txn(request: Plain): Promise<Plain> {
    return this.call('KV', 'Txn', request);
  }

  compact(revision: number): Promise<Plain> {
    return this.call('KV', 'Compact', { revision });
  }

  lease(method: 'Grant' | 'Revoke' | 'TimeToLive' | 'Leases', request: Plain): Promise<Plain> {
    return this.call('Lease', `Lease${method}`, request);
  }

  watch(): WatchProbe {
    return new WatchProbe(this.raw.stream('Watch', 'Watch'));
  }

  async revision(): Promise<number> {
    return revisionOf(await this.range('any'));
  }
}

export function revisionOf(answer: Plain): number {
  return Number((answer['header'] as { revision: string }).revision);
}

export function kvsOf(answer: Plain): Plain[] {
  return answer['kvs'] as Plain[];
}

export function keysOf(answer: Plain): unknown[] {
  return kvsOf(answer).map((kv) => kv['key']);
}

/** The status a call is refused with. */
export async function refusal(call: Promise<unknown>): Promise<{ code: number; details: string }> {
  try {
    await call;
  } catch (error) {
    const { code, details } = error as ServiceError;
    return { code, details };
  }
  throw new Error('The call was expected to be refused, and succeeded');
}

const BYTES = new Set(['key', 'range_end', 'value']);

/**
 * Text in the fields that hold bytes becomes bytes, all the way down. An empty `range_end` is left out: etcd (Go) tells
 * one that was sent empty from one that was not sent, and no client library sends it.
 */
export function bytes(value: unknown, field = ''): unknown {
  if (typeof value === 'string' && BYTES.has(field)) return Buffer.from(value, 'latin1');
  if (Array.isArray(value)) return value.map((item) => bytes(item, field));
  if (value === null || typeof value !== 'object' || Buffer.isBuffer(value)) return value;
  const sent = Object.entries(value).filter(([name, inner]) => name !== 'range_end' || inner !== '');
  return Object.fromEntries(sent.map(([name, inner]) => [name, bytes(inner, name)]));
}

/** Bytes become text; cluster, member and term, which are each server's own, go. */
export function plain(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value.toString('latin1');
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return value;
  const own = new Set(['cluster_id', 'member_id', 'raft_term']);
  const entries = Object.entries(value).filter(([name]) => !own.has(name));
  return Object.fromEntries(entries.map(([name, inner]) => [name, plain(inner)]));
}
