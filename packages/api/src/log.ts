/** Structured logging as every long-running part takes it; pino's loggers fit. Never hand it a secret value. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Says nothing; for tests and libraries that were given none. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
