/** Which gate of a client's list is next. */
export class GateRotation {
  private index = 0;

  constructor(private readonly gates: readonly URL[]) {}

  get current(): URL {
    return this.gates[this.index]!;
  }

  /** The gate could not be reached or refused: the next of the list. */
  advance(): void {
    this.index = (this.index + 1) % this.gates.length;
  }

  /**
   * The client has been with this gate, which is gone: the next one at another address; if all are the same gate in
   * different protocols, the first of the list again.
   */
  leave(): void {
    const { host } = this.current;
    const { length } = this.gates;
    const steps = Array.from({ length }, (_, step) => (this.index + 1 + step) % length);
    this.index = steps.find((index) => this.gates[index]!.host !== host) ?? 0;
  }
}
