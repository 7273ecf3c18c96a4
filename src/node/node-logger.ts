/** Where a node writes; Nest's `LoggerService` fits. */
export interface NodeLogger {
  log(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}
