/** The part of Nest's `LoggerService` the gate uses. */
export interface GateLogger {
  log(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}
