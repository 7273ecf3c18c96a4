import { tellRefusal } from '../../observability/index.js';

/** Counts the connections of each address to the ports of one gate. */
export class ConnectionsPerIp {
  private readonly open = new Map<string, number>();

  /** @param limit `Infinity`: not limited */
  constructor(readonly limit: number) {}

  /** Takes a connection; false refuses it. `left` is to be called for every one that was taken. */
  enter(ip: string | undefined, protocol: string): boolean {
    if (this.limit === Infinity || ip === undefined) return true;
    const open = this.open.get(ip) ?? 0;
    if (open >= this.limit) {
      tellRefusal({ limit: 'maxConnectionsPerIp', protocol, peer: ip });
      return false;
    }
    this.open.set(ip, open + 1);
    return true;
  }

  left(ip: string | undefined): void {
    if (this.limit === Infinity || ip === undefined) return;
    const left = (this.open.get(ip) ?? 0) - 1;
    if (left > 0) this.open.set(ip, left);
    else this.open.delete(ip);
  }
}
