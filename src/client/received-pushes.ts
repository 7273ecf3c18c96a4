import type { Registration, ResumePoint } from './transport.js';

/** The pushes a client got under one id, so that it sees each of them once, whatever streams they come over. */
export class ReceivedPushes {
  private last = 0;
  private token: string;

  constructor({ clientId, token }: Registration) {
    this.clientId = clientId;
    this.token = token;
  }

  readonly clientId: string;

  /** What lets a gate go on under this id. */
  get resumePoint(): ResumePoint | undefined {
    return this.token === '' ? undefined : { token: this.token, received: this.last };
  }

  /** The record for a registration: this one if it resumes, else a new one, as the numbers begin again. */
  after(registration: Registration): ReceivedPushes {
    if (!registration.resumed || registration.clientId !== this.clientId) return new ReceivedPushes(registration);
    this.token = registration.token;
    return this;
  }

  /** No gate lets the client go on under this id. */
  giveUp(): void {
    this.token = '';
  }

  /**
   * Notes a push and returns how many are missing before it; undefined if it has been seen.
   * @param seq 0: not counted, so always new
   */
  take(seq: number): number | undefined {
    if (seq === 0) return 0;
    if (seq <= this.last) return undefined;
    const missing = seq - this.last - 1;
    this.last = seq;
    return missing;
  }
}
