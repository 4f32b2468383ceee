import { spawn } from "node:child_process";

/** A finished program: what it printed and how it ended. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Why a program did not do what was asked: its name, exit code and the last lines it printed. */
export class CommandError extends Error {
  readonly finished: Finished;
  constructor(command: readonly string[], finished: Finished) {
    const said = (finished.stderr.trim() || finished.stdout.trim()).split("\n").slice(-4).join("\n");
    super(`${shortened(command)} ended with ${finished.code}: ${said}`);
    this.name = "CommandError";
    this.finished = finished;
  }
}

/** A command line without apt's long row of settings. */
const shortened = (command: readonly string[]): string =>
  command.filter((word, i) => word !== "-o" && command[i - 1] !== "-o").join(" ");

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string | Uint8Array;
  /** Milliseconds until the program is killed; default 10 minutes. */
  readonly timeout?: number;
}

/** Runs a program to its end without a shell. Never rejects on a non-zero code: look at `code` (127: not found). */
export function run(command: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const [program, ...args] = command;
  if (program === undefined) throw new TypeError("run: no program given");
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ["pipe", "pipe", "pipe"],
    });
    const killer = setTimeout(() => child.kill("SIGKILL"), options.timeout ?? 600_000);
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (b: Buffer) => out.push(b));
    child.stderr.on("data", (b: Buffer) => err.push(b));
    child.stdin.on("error", () => undefined);
    child.on("error", (e) => {
      clearTimeout(killer);
      resolve({ code: 127, stdout: "", stderr: e.message });
    });
    child.on("close", (code, signal) => {
      clearTimeout(killer);
      resolve({
        code: code ?? (signal === null ? 1 : 137),
        stdout: Buffer.concat(out).toString("utf8"),
        stderr: Buffer.concat(err).toString("utf8"),
      });
    });
    child.stdin.end(options.input);
  });
}

/** Like run, but throws CommandError when the program fails. */
export async function mustRun(command: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const finished = await run(command, options);
  if (finished.code !== 0) throw new CommandError(command, finished);
  return finished;
}
