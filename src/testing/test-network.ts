import type { Switchboard } from './switchboard.js';

/** A process as the network knows it. */
export interface NetworkMember {
  readonly address: string;
  readonly board: Switchboard;
}

/** The connections between the processes of a TestCluster and to etcd, and what is wrong with them. */
export class TestNetwork {
  private readonly members = new Set<NetworkMember>();
  private readonly still = new Set<NetworkMember>();
  private readonly cuts = new Set<string>();

  add(member: NetworkMember): void {
    this.members.add(member);
    for (const { address } of this.still) member.board.lineTo(address).hold();
  }

  remove(member: NetworkMember): void {
    this.resume(member);
    this.members.delete(member);
  }

  /** Nothing reaches the process or leaves it; its connections stay. */
  pause(member: NetworkMember): void {
    if (this.still.has(member)) return;
    this.still.add(member);
    member.board.holdAll();
    for (const other of this.others(member)) other.board.lineTo(member.address).hold();
  }

  resume(member: NetworkMember): void {
    if (!this.still.delete(member)) return;
    member.board.releaseAll();
    for (const other of this.others(member)) other.board.lineTo(member.address).release();
  }

  cutFromEtcd(member: NetworkMember): void {
    if (member.board.etcdLines.length === 0)
      throw new Error(
        `${member.address} reaches etcd past its TestCluster; start it with the cluster's addNode or addGate`,
      );
    if (this.once(`${member.address} etcd`)) for (const line of member.board.etcdLines) line.cut();
  }

  mendEtcd(member: NetworkMember): void {
    if (this.cuts.delete(`${member.address} etcd`)) for (const line of member.board.etcdLines) line.mend();
  }

  /** In both directions. */
  cut(one: NetworkMember, other: NetworkMember): void {
    if (!this.once(nameOf(one, other))) return;
    one.board.lineTo(other.address).cut();
    other.board.lineTo(one.address).cut();
  }

  mend(one: NetworkMember, other: NetworkMember): void {
    if (!this.cuts.delete(nameOf(one, other))) return;
    one.board.lineTo(other.address).mend();
    other.board.lineTo(one.address).mend();
  }

  private others(member: NetworkMember): NetworkMember[] {
    return [...this.members].filter((other) => other !== member);
  }

  private once(cut: string): boolean {
    if (this.cuts.has(cut)) return false;
    this.cuts.add(cut);
    return true;
  }
}

function nameOf(one: NetworkMember, other: NetworkMember): string {
  return [one.address, other.address].toSorted().join(' ');
}
