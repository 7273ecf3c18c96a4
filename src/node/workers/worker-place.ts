/** What a supervisor tells each of its workers. */
export interface WorkerPlace {
  /** From 1. */
  readonly number: number;
  readonly count: number;
  /** `host:port` of the embedded etcd that the supervisor runs. */
  readonly etcd?: string | undefined;
}

const VARIABLE = 'GOVERSE_WORKER';

/** The environment of a worker. */
export function environmentOf(place: WorkerPlace): Record<string, string | undefined> {
  return { ...process.env, [VARIABLE]: JSON.stringify(place) };
}

/** The place of this process; undefined if no supervisor started it. Read once: its own children are no workers. */
export function takePlace(): WorkerPlace | undefined {
  const text = process.env[VARIABLE];
  delete process.env[VARIABLE];
  return text === undefined || process.send === undefined ? undefined : (JSON.parse(text) as WorkerPlace);
}
