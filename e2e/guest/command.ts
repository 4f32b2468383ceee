import { spawn } from "node:child_process";

/** Runs a program of the host at low priority to its end. Throws Error with the last of what it said where it fails. */
export function must(command: readonly string[], cwd?: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn("nice", [...command], {
      stdio: ["ignore", "pipe", "pipe"],
      ...(cwd === undefined ? {} : { cwd }),
    });
    let said = "";
    const keep = (part: Buffer): void => void (said = (said + part.toString("utf8")).slice(-2000));
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`${command[0]} ended with ${code}: ${said.trim()}`)),
    );
  });
}
