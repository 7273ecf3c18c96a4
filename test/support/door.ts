/** A door in a test's method: it waits there until the test opens it. */
export class Door {
  private open_!: () => void;
  private arrived_!: () => void;
  /** Somebody stands at the door. */
  readonly reached: Promise<void> = new Promise((resolve) => (this.arrived_ = resolve));
  private readonly opened: Promise<void> = new Promise((resolve) => (this.open_ = resolve));

  pass(): Promise<void> {
    this.arrived_();
    return this.opened;
  }

  open(): void {
    this.open_();
  }
}
