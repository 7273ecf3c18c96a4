/** The part of Nest's `LoggerService` the cluster writes to. */
export interface ClusterLogger {
  log(message: string): void;
  warn(message: string): void;
  error(message: string): void;
  debug?(message: string): void;
}

/** Swallows every line: for observers that nobody listens to. */
export const silentLogger: ClusterLogger = { log: () => {}, warn: () => {}, error: () => {} };
