import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../..", import.meta.url));

/** What a program said and how it ended. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; never throws on a code. */
export function run(
  command: string,
  args: readonly string[],
  options: { readonly input?: string; readonly env?: NodeJS.ProcessEnv; readonly timeout?: number } = {},
): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { env: options.env ?? process.env, stdio: ["pipe", "pipe", "pipe"] });
    const timer = setTimeout(() => child.kill("SIGKILL"), options.timeout ?? 120_000);
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (part: Buffer) => (stdout += part.toString("utf8")));
    child.stderr.on("data", (part: Buffer) => (stderr += part.toString("utf8")));
    child.stdin.on("error", () => undefined);
    child.once("error", (error) => {
      clearTimeout(timer);
      resolve({ code: 127, stdout, stderr: error.message });
    });
    child.once("close", (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? 137, stdout, stderr });
    });
    child.stdin.end(options.input ?? "");
  });
}

/** The shipped `bulkhead` command's file. */
export const bulkheadProgram = join(repository, "packages", "cli", "bin", "bulkhead.mjs");

/** The shipped `bulkhead` command. */
export const bulkhead = (...args: string[]): Promise<Ran> =>
  run(process.execPath, [bulkheadProgram, ...args], { timeout: 300_000 });

const handedOut = new Set<number>();

/** Three ports in a row that nobody listens on; never the same twice, since two may start side by side. */
export async function freePorts(): Promise<number> {
  const opens = (port: number): Promise<boolean> =>
    new Promise((resolve) => {
      const server = createServer();
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
    });
  for (let base = 21_000 + (process.pid % 900) * 10; base < 60_000; base += 10) {
    const free = await Promise.all([base, base + 1, base + 2].map(opens));
    if (!free.every(Boolean) || handedOut.has(base)) continue;
    handedOut.add(base);
    return base;
  }
  throw new Error("no three free ports in a row");
}

/** An instance of its own, brought up by the shipped command. */
export interface TestInstance {
  readonly root: string;
  readonly port: number;
  readonly kubeconfig: string;
  /** kubectl of the parts, as the admin unless `--as` says otherwise. */
  kubectl(...args: string[]): Promise<Ran>;
  /** kubectl with something on its standard input. */
  kubectlWith(input: string, ...args: string[]): Promise<Ran>;
  remove(): Promise<void>;
}

/** Why instances cannot be made here, or undefined. */
export function whyNot(): string | undefined {
  if (process.getuid?.() !== 0) return "needs root";
  if (process.env["BULKHEAD_PARTS"] === undefined) return "needs BULKHEAD_PARTS (npm test sets it)";
  return undefined;
}

/** Brings an instance up in a folder of its own; the parts are those that BULKHEAD_PARTS names. */
export async function startInstance(...flags: string[]): Promise<TestInstance> {
  const parts = process.env["BULKHEAD_PARTS"] ?? "";
  const root = await mkdtemp(join(tmpdir(), "bulkhead-e2e-"));
  await run("chmod", ["755", root]);
  await symlink(parts, join(root, "parts"));
  const port = await freePorts();
  const up = await bulkhead("up", "--detach", "--root", root, "--port", String(port), ...flags);
  const kubeconfig = join(root, "admin.kubeconfig");
  // kubectl keeps what it discovers beside the instance, not in the home of whoever tests; one thread starts soonest.
  const discovered = `${root}.kubectl`;
  const env = { ...process.env, KUBECONFIG: kubeconfig, KUBECACHEDIR: discovered, GOMAXPROCS: "1" };
  const remove = async (): Promise<void> => {
    await endPods(root);
    const gone = await bulkhead("reset", "--yes", "--root", root);
    if (gone.code !== 0) throw new Error(`reset: ${gone.stderr}`);
    for (const folder of [root, discovered]) await rm(folder, { recursive: true, force: true });
  };
  if (up.code !== 0) {
    const logs = await run("sh", ["-c", `tail -n 20 ${root}/logs/*.log`]);
    await remove().catch(() => undefined);
    throw new Error(`bulkhead up ended with ${up.code}: ${up.stderr}\n${logs.stdout}`);
  }
  const kubectl = join(parts, "bin", "kubectl");
  return {
    root,
    port,
    kubeconfig,
    kubectl: (...args) => run(kubectl, args, { env }),
    kubectlWith: (input, ...args) => run(kubectl, args, { env, input }),
    remove,
  };
}

/**
 * Ends what runs in an instance's pods, once nobody is there to start it again: most test images hold programs that hear no
 * TERM as the first of their processes, and `reset` gives each ten seconds to.
 */
async function endPods(root: string): Promise<void> {
  const config = await readFile(join(root, "instance.json"), "utf8").catch(() => undefined);
  if (config === undefined) return;
  const group = `bulkhead-${(JSON.parse(config) as { readonly id: string }).id}`;
  const folders = ["", "pids"].flatMap((hierarchy) =>
    [group, `${group.replaceAll("-", "_")}.slice`].map((name) => join("/sys/fs/cgroup", hierarchy, name)),
  );
  const there = folders.filter((folder) => existsSync(folder));
  if (there.length === 0) return;
  await bulkhead("down", "--root", root);
  for (const folder of there) {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])) {
      if (entry.name !== "cgroup.procs") continue;
      const pids = await readFile(join(entry.parentPath, entry.name), "utf8").catch(() => "");
      for (const pid of pids.split("\n").filter((line) => line !== "")) killIfThere(Number(pid));
    }
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/**
 * Asks again until the answer is good, at most so many seconds; gives the last answer. Each question is a program's start:
 * what takes longer is asked about less often.
 */
export async function until<T>(ask: () => Promise<T>, good: (answer: T) => boolean, seconds = 60): Promise<T> {
  const deadline = performance.now() + seconds * 1000;
  for (let pause = 150; ; pause = Math.min(pause * 1.3, 1000)) {
    const answer = await ask();
    if (good(answer) || performance.now() > deadline) return answer;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
