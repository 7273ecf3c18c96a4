import type { Socket } from 'node:net';
import { Tunnel } from './tunnel.js';

/** The way from one process to one other: open, held up, or cut. */
export class TestLine {
  private readonly tunnels = new Set<Tunnel>();
  private holds = 0;
  private cuts = 0;

  constructor(private readonly target: string) {}

  /** Takes a connection of the process that dials. */
  connect(near: Socket): void {
    if (this.cuts > 0) return void near.destroy();
    const tunnel = new Tunnel(near, this.target, (gone) => this.tunnels.delete(gone));
    this.tunnels.add(tunnel);
    if (this.holds > 0) tunnel.hold();
  }

  /** Connections stay and carry nothing, until `release` has been called as often. */
  hold(): void {
    this.holds += 1;
    for (const tunnel of this.tunnels) tunnel.hold();
  }

  release(): void {
    this.holds -= 1;
    if (this.holds === 0) for (const tunnel of this.tunnels) tunnel.release();
  }

  /** Connections break and new ones are refused, until `mend` has been called as often. */
  cut(): void {
    this.cuts += 1;
    for (const tunnel of this.tunnels) tunnel.break();
  }

  mend(): void {
    this.cuts -= 1;
  }

  close(): void {
    for (const tunnel of this.tunnels) tunnel.break();
  }
}
