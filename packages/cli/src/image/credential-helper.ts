import { spawn } from "node:child_process";
import type { RegistryCredential } from "@bulkhead/images";
import { CommandFailure } from "../exit-codes.ts";

export interface HelperOptions {
  /** What follows `docker-credential-`. */
  readonly name: string;
  /** As Docker's configuration names the registry. */
  readonly server: string;
  /** Milliseconds; default 20,000: a helper may ask a cloud. */
  readonly timeout?: number;
  /** Where programs are looked for. */
  readonly env: NodeJS.ProcessEnv;
}

const answerLimit = 256 << 10;
const nothing = /^credentials not found in native keychain/;

/**
 * Asks a Docker credential helper for a registry's credential; undefined where it has none. Throws CommandFailure, which
 * repeats nothing of what the helper said.
 */
export async function helperCredential(options: HelperOptions): Promise<RegistryCredential | undefined> {
  const program = `docker-credential-${options.name}`;
  const failed = (why: string): CommandFailure =>
    new CommandFailure(`${program}, which holds the credential of ${options.server}, ${why}`);
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(options.name))
    throw new CommandFailure(
      `the credential helper of ${options.server} has a name that no program of it has: letters, digits, "_" and "-"`,
    );
  const said = await run(program, options, failed);
  const text = said.bytes.toString("utf8");
  if (said.code !== 0) {
    if (nothing.test(text.trim())) return undefined;
    throw failed(`ended with ${said.code ?? "a signal"}`);
  }
  let answer: { readonly Username?: unknown; readonly Secret?: unknown } | null;
  try {
    answer = JSON.parse(text) as typeof answer;
  } catch {
    // The parser's own message would quote the answer.
    throw failed("answered no JSON");
  }
  const { Username: username, Secret: secret } = answer ?? {};
  if (typeof username !== "string" || typeof secret !== "string" || secret === "")
    throw failed("answered no user and secret");
  return username === "<token>"
    ? { username: "", password: "", identityToken: secret }
    : { username, password: secret };
}

function run(
  program: string,
  { server, timeout = 20_000, env }: HelperOptions,
  failed: (why: string) => CommandFailure,
): Promise<{ readonly code: number | null; readonly bytes: Buffer }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ["get"], { env, stdio: ["pipe", "pipe", "ignore"] });
    const parts: Buffer[] = [];
    let size = 0;
    const give = (error: CommandFailure): void => {
      clearTimeout(timer);
      child.stdout.destroy();
      child.kill("SIGKILL");
      reject(error);
    };
    const timer = setTimeout(() => give(failed(`did not answer within ${timeout / 1000} seconds`)), timeout);
    child.on("error", () => give(failed("cannot be run: it is not on the path")));
    // One that does not read the question may answer all the same.
    child.stdin.on("error", () => undefined);
    child.stdout.on("data", (part: Buffer) => {
      size += part.length;
      if (size > answerLimit) give(failed(`answered more than ${answerLimit} bytes`));
      else parts.push(part);
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ code, bytes: Buffer.concat(parts) });
    });
    child.stdin.end(`${server}\n`);
  });
}
