import { access, mkdir, mkdtemp, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { run } from "../../run.ts";
import type { Answer } from "../facts.ts";
import { textOf } from "./kernel.ts";

const limit = { timeout: 10_000 };

/** Does it work, tried in namespaces that end with the attempt? */
async function attempt(command: readonly string[]): Promise<Answer> {
  const { code } = await run(command, limit);
  return code === 0 ? "yes" : code === 127 ? "unknown" : "no";
}

export async function tryUserNamespace(): Promise<Answer> {
  if (textOf("/proc/sys/user/max_user_namespaces").trim() === "0") return "no";
  return attempt(["unshare", "--user", "true"]);
}

export const tryNetworkNamespace = (): Promise<Answer> => attempt(["unshare", "--net", "true"]);

/** The folder itself, or the nearest above it that exists. */
export async function existingFolder(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) {
    const there = await access(at).then(
      () => true,
      () => false,
    );
    if (there || at === dirname(at)) return at;
  }
}

/** Mounts that a pod's birth needs, in a mount namespace of their own and in a folder that is removed again. */
export async function tryMounts(root: string): Promise<{ readonly overlayfs: Answer; readonly noswap: Answer }> {
  const folder = await mkdtemp(join(await existingFolder(root), ".bulkhead-doctor-")).catch(() => undefined);
  if (folder === undefined) return { overlayfs: "unknown", noswap: "unknown" };
  try {
    const at = (name: string): string => join(folder, name);
    for (const name of ["lower", "upper", "work", "merged", "tmpfs"]) await mkdir(at(name));
    const alone = ["unshare", "--mount", "--propagation", "private"];
    const layers = `lowerdir=${at("lower")},upperdir=${at("upper")},workdir=${at("work")}`;
    const overlayfs = await attempt([...alone, "mount", "-t", "overlay", "-o", layers, "overlay", at("merged")]);
    const noswap = await attempt([...alone, "mount", "-t", "tmpfs", "-o", "size=64k,noswap", "tmpfs", at("tmpfs")]);
    return { overlayfs, noswap };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
