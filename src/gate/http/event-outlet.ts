/** Where events are written: a response, or a connection that has outlived its response. */
export interface EventOutlet {
  readonly destroyed: boolean;
  readonly writableEnded: boolean;
  /** False: write no more until `drain`. */
  write(bytes: Uint8Array): boolean;
  end(): unknown;
  destroy(): unknown;
  on(event: 'drain' | 'close', listener: () => void): unknown;
}
