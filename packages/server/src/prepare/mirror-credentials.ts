import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { InstancePaths } from "@bulkhead/host";
import { type PullSecrets, parsePullSecrets, RegistryError } from "@bulkhead/images";

/** Root's, in the form of Docker's config.json: what the node shows to mirrors. Pods' pull secrets are shown to none. */
export const mirrorCredentialsFile = (paths: InstancePaths): string => join(paths.root, "mirror-credentials.json");

export interface MirrorCredentials {
  readonly secrets?: PullSecrets;
  /** Why the file counts for nothing, for root. */
  readonly fault?: string;
}

const limit = 1 << 20;

/** Reads it; one that others than root can read, or that cannot be understood, counts for nothing. */
export async function readMirrorCredentials(paths: InstancePaths): Promise<MirrorCredentials> {
  const file = mirrorCredentialsFile(paths);
  try {
    const { uid, mode, size } = await stat(file);
    if (uid !== (process.getuid?.() ?? 0) || (mode & 0o077) !== 0)
      return { fault: `${file} can be read by others: chown root and chmod 600 it` };
    if (size > limit) return { fault: `${file} is larger than ${limit} bytes` };
    return { secrets: parsePullSecrets(await readFile(file, "utf8")) };
  } catch (error) {
    if (error instanceof RegistryError) return { fault: `${file}: ${error.message}` };
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return {};
    throw error;
  }
}

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/;

/** What a mirror is shown, as an HTTP header; undefined where there is nothing for it, or the way to it is open to all. */
export function mirrorAuthorization(
  secrets: PullSecrets | undefined,
  mirror: string,
  plainHttp: boolean,
): string | undefined {
  const found = secrets?.credentialFor(mirror, "");
  if (found === undefined || found.username === "" || (plainHttp && !loopback.test(mirror))) return undefined;
  return `Basic ${Buffer.from(`${found.username}:${found.password}`).toString("base64")}`;
}
