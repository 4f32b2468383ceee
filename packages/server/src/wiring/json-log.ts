import type { Log } from "@bulkhead/api";

type Level = "debug" | "info" | "warn" | "error";

/** One JSON object a line on standard output: time, level, part, message, then the fields. Errors show their stack. */
export function jsonLog(part: string, least: Level = "info"): Log {
  const order: readonly Level[] = ["debug", "info", "warn", "error"];
  const write = (level: Level, fields: object, message: string): void => {
    if (order.indexOf(level) < order.indexOf(least)) return;
    const line = { time: new Date().toISOString(), level, part, message, ...fields };
    process.stdout.write(
      `${JSON.stringify(line, (_, value: unknown) => (value instanceof Error ? (value.stack ?? value.message) : value))}\n`,
    );
  };
  return {
    debug: (fields, message) => write("debug", fields, message),
    info: (fields, message) => write("info", fields, message),
    warn: (fields, message) => write("warn", fields, message),
    error: (fields, message) => write("error", fields, message),
  };
}

/** Aborts on SIGTERM or SIGINT. */
export function untilStopped(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => controller.abort());
  return controller.signal;
}

/** The instance's root, the one argument of every program of ours. Ends with 2 where it is missing. */
export function rootArgument(program: string): string {
  const root = process.argv[2];
  if (root === undefined) {
    process.stderr.write(`${program}: usage: ${program} ROOT (started by the supervisor, not by hand)\n`);
    process.exit(2);
  }
  return root;
}

/** Ends the process with the error on its log, so that the supervisor starts it again. */
export function fatal(log: Log, what: string): (error: unknown) => never {
  return (error) => {
    log.error({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }, what);
    process.exit(1);
  };
}
