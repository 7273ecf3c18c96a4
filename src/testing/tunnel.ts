import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** A connection that passes through the testing kit, and can be held up or broken there. */
export class Tunnel {
  private readonly far: Socket;
  private ended = false;

  /** @param near the connection of the process that dials; `over` is called once when it is gone */
  constructor(
    private readonly near: Socket,
    target: string,
    over: (tunnel: Tunnel) => void,
  ) {
    const colon = target.lastIndexOf(':');
    this.far = connect({ host: target.slice(0, colon), port: Number(target.slice(colon + 1)) });
    for (const socket of [near, this.far]) {
      socket.setNoDelay(true);
      socket.on('error', () => this.break());
      socket.on('close', () => {
        this.break();
        if (!this.ended) over(this);
        this.ended = true;
      });
    }
    this.release();
  }

  /** Nothing passes until `release`; what is sent meanwhile waits, as before a process that stands still. */
  hold(): void {
    this.near.unpipe(this.far).pause();
    this.far.unpipe(this.near).pause();
  }

  release(): void {
    this.near.pipe(this.far);
    this.far.pipe(this.near);
  }

  /** Both sides find the connection gone. */
  break(): void {
    this.near.destroy();
    this.far.destroy();
  }
}
