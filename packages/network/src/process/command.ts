import { spawn } from "node:child_process";

export type CommandErrorCode = "not-found" | "failed" | "timeout" | "aborted";

/** A program that could not run or did not end with 0. `stderr` is its last words, at most 4 KiB. */
export class CommandError extends Error {
  readonly code: CommandErrorCode;
  readonly exitCode: number | undefined;
  readonly stderr: string;

  constructor(
    code: CommandErrorCode,
    program: string,
    detail: { exitCode?: number | undefined; stderr?: string; cause?: unknown },
  ) {
    const stderr = (detail.stderr ?? "").slice(0, 4096);
    super(`${program}: ${code}${stderr === "" ? "" : `: ${stderr.trim()}`}`, { cause: detail.cause });
    this.name = "CommandError";
    this.code = code;
    this.exitCode = detail.exitCode;
    this.stderr = stderr;
  }
}

export interface CommandOptions {
  readonly input?: string;
  readonly timeoutMs?: number;
}

/** Runs a program without a shell; resolves with its standard output, rejects with CommandError. */
export type Run = (program: string, args: readonly string[], options?: CommandOptions) => Promise<string>;

const environment = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" };

/** The real thing. Default time limit 30 s. */
export const runCommand: Run = (program, args, options = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], env: environment });
    const stdout: Buffer[] = [];
    let stderr = "";
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new CommandError("timeout", program, { stderr }));
    }, options.timeoutMs ?? 30_000);
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => {
      if (stderr.length < 4096) stderr += chunk.toString("utf8");
    });
    child.on("error", (cause: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      reject(new CommandError(cause.code === "ENOENT" ? "not-found" : "failed", program, { cause }));
    });
    child.on("close", (exitCode) => {
      clearTimeout(timer);
      if (exitCode === 0) resolve(Buffer.concat(stdout).toString("utf8"));
      else reject(new CommandError("failed", program, { exitCode: exitCode ?? undefined, stderr }));
    });
    // A program that ends before it has read its input closes the pipe; its exit code tells why.
    child.stdin.on("error", () => {});
    child.stdin.end(options.input ?? "");
  });
