import { createHash } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { writeDurably } from "../instance.ts";
import { type MachinePackages, machinePackages } from "./system-packages.ts";

/** What dpkg and apt go by: what is installed, what the mirrors had when they were asked, which of it is preferred. */
const goneBy = [
  "/var/lib/dpkg/status",
  "/var/lib/dpkg/arch",
  "/var/lib/apt/lists",
  "/etc/os-release",
  "/etc/apt",
  "/etc/apt/apt.conf.d",
  "/etc/apt/preferences.d",
  "/etc/apt/sources.list.d",
];
/** Milliseconds after which they are asked all the same. */
const longest = 24 * 3_600_000;

interface Remembered {
  readonly format: 1;
  readonly mark: string;
  /** Milliseconds. */
  readonly at: number;
  readonly packages: MachinePackages;
}

/** Of files, and of what lies in folders, what changes when they do: never what stands in them. */
export function markOf(paths: readonly string[], release: string): string {
  const hash = createHash("sha256").update(release);
  const add = (path: string): boolean => {
    const found = statSync(path, { throwIfNoEntry: false });
    hash.update(
      `\n${path} ${found === undefined ? "" : `${found.ino} ${found.size} ${found.mtimeMs} ${found.ctimeMs}`}`,
    );
    return found?.isDirectory() === true;
  };
  for (const path of paths) if (add(path)) for (const name of readdirSync(path).sort()) add(join(path, name));
  return hash.digest("hex");
}

/**
 * The packages that matter here, as they were when dpkg and apt were asked last where nothing changed since that those go by: the
 * two take most of a look at the machine. Kept in `file` where we may write.
 */
export async function rememberedPackages(file: string, release: string, now: number): Promise<MachinePackages> {
  const mark = markOf(goneBy, release);
  const known = await readRemembered(file);
  if (known?.mark === mark && known.at <= now && now - known.at < longest) return known.packages;
  const packages = await machinePackages(release);
  const remembered: Remembered = { format: 1, mark, at: now, packages };
  // Whoever may not write asks again the next time.
  await mkdir(dirname(file), { recursive: true, mode: 0o755 })
    .then(() => writeDurably(file, JSON.stringify(remembered), 0o644))
    .catch(() => undefined);
  return packages;
}

async function readRemembered(file: string): Promise<Remembered | undefined> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as Remembered;
    return value?.format === 1 ? value : undefined;
  } catch {
    return undefined;
  }
}
