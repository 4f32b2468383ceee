import { type FileHandle, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bindDescriptor } from "./mount.ts";

/** Binds a descriptor to a place of ours, made as what the descriptor is. */
export async function bindTo(handle: FileHandle, target: string, depth: "top" | "whole"): Promise<void> {
  const folder = (await handle.stat()).isDirectory();
  await mkdir(folder ? target : join(target, ".."), { recursive: true, mode: 0o700 });
  if (!folder) await writeFile(target, "", { mode: 0o600 });
  await bindDescriptor(handle.fd, target, depth);
}
