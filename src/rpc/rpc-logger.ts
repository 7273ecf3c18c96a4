/** The part of Nest's LoggerService that links and registrations use. */
export interface RpcLogger {
  log(message: string): void;
  warn(message: string): void;
  error(message: string): void;
  debug?(message: string): void;
}
