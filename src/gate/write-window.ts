/** Bytes that may be on their way to a client that has not taken them. */
const WINDOW_BYTES = 256 * 1024;

/** Counts what has been handed to a transport and not been taken by it; tells when there is room again. */
export class WriteWindow {
  private underWay = 0;
  private waiting = false;

  constructor(private readonly onRoom: () => void) {}

  /** So many bytes have been handed over; false: hand over no more until `onRoom`. */
  handed(bytes: number): boolean {
    this.underWay += bytes;
    this.waiting = this.underWay >= WINDOW_BYTES;
    return !this.waiting;
  }

  /** The transport has taken so many of them. */
  taken(bytes: number): void {
    this.underWay -= bytes;
    if (!this.waiting || this.underWay >= WINDOW_BYTES / 2) return;
    this.waiting = false;
    this.onRoom();
  }
}
