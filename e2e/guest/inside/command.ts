import { spawn } from "node:child_process";

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program of the guest to its end; never throws on a code. */
export const run = (...command: readonly string[]): Promise<Ran> => follow(command, () => undefined);

/** The same, and tells of what it says on its standard error as it says it. */
export function follow(command: readonly string[], said: (text: string) => void): Promise<Ran> {
  return new Promise((resolve) => {
    const [program = "", ...args] = command;
    const child = spawn(program, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        HOME: "/root",
        KUBECONFIG: kubeconfig,
        NO_COLOR: "1",
      },
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (part: Buffer) => (stdout += part.toString("utf8")));
    child.stderr.on("data", (part: Buffer) => {
      stderr += part.toString("utf8");
      said(part.toString("utf8").trimEnd());
    });
    child.once("error", (error) => resolve({ code: 127, stdout, stderr: error.message }));
    child.once("close", (code) => resolve({ code: code ?? 137, stdout, stderr }));
  });
}

/** What it wrote; throws with its last words where it fails. */
export async function must(...command: readonly string[]): Promise<string> {
  return whole(command, await run(...command));
}

/** `ran`'s standard output; throws as `must` does. */
export function whole(command: readonly string[], { code, stdout, stderr }: Ran): string {
  if (code !== 0)
    throw new Error(
      `${command.join(" ")} ended with ${code}: ${stderr.trim().slice(-1500)} ${stdout.trim().slice(-500)}`,
    );
  return stdout;
}

export const root = "/var/lib/bulkhead";
export const kubeconfig = `${root}/admin.kubeconfig`;
/** The command that `bulkhead install` puts on the path. */
export const bulkhead = "/usr/local/bin/bulkhead";
export const kubectl = `${root}/parts/bin/kubectl`;
