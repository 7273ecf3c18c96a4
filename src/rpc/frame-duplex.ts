/** What carries encoded frames, both ways: a grpc-js bidirectional stream, or a `FrameSocket`. */
export interface FrameDuplex {
  /** Bytes to leave free in front of every frame that is written. Absent: none. */
  readonly headBytes?: number;
  /** False: wait for `drain` before the next. */
  write(frame: Buffer): boolean;
  end(): unknown;
  pause(): unknown;
  resume(): unknown;
  on(event: 'data', listener: (frame: Buffer) => void): unknown;
  on(event: 'drain' | 'end' | 'close' | 'cancelled', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}
