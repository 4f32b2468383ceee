import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { OwnAccess } from "@bulkhead/apiserver";
import { type InstancePaths, instancePaths, writeDurably } from "@bulkhead/host";

const file = (paths: InstancePaths): string => join(paths.run, "access.json");

/**
 * The rights of our own programs, which the API server makes before it serves anyone: who starts beside it is not refused for
 * having asked first. In a file of root's, since the roles lie with the controllers, whose code the API server does not load.
 */
export const writeAccess = (paths: InstancePaths, access: readonly OwnAccess[]): Promise<void> =>
  writeDurably(file(paths), `${JSON.stringify(access)}\n`, 0o644);

export async function readAccess(root: string): Promise<readonly OwnAccess[]> {
  return JSON.parse(await readFile(file(instancePaths(root)), "utf8")) as readonly OwnAccess[];
}
