/** First in, first out, with the bytes each entry will take on the wire. */
export class WeighedQueue<T> {
  private readonly entries: T[] = [];
  private readonly weights: number[] = [];
  private head = 0;

  /** Sum of the weights of what is waiting. */
  bytes = 0;

  get length(): number {
    return this.entries.length - this.head;
  }

  push(entry: T, weight: number): void {
    this.entries.push(entry);
    this.weights.push(weight);
    this.bytes += weight;
  }

  /**
   * Moves entries to the end of `target` while they fit into `room` bytes; returns the bytes moved. With `atLeastOne` the
   * first goes even if it does not fit.
   */
  takeInto(target: T[], room: number, atLeastOne: boolean): number {
    let taken = 0;
    while (this.head < this.entries.length) {
      const weight = this.weights[this.head] as number;
      if (taken + weight > room && !(atLeastOne && taken === 0)) break;
      target.push(this.entries[this.head] as T);
      taken += weight;
      this.head++;
    }
    this.bytes -= taken;
    this.compact();
    return taken;
  }

  private compact(): void {
    if (this.head < this.entries.length && this.head < 1024) return;
    this.entries.splice(0, this.head);
    this.weights.splice(0, this.head);
    this.head = 0;
  }
}
