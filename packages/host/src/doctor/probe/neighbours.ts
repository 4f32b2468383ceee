import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { run } from "../../run.ts";
import type { DroppingChain, OtherProgram } from "../facts.ts";
import { textOf } from "./kernel.ts";

/** A program that runs, by the name of its file where that can be seen, else as the kernel calls it. */
export interface RunningProgram extends OtherProgram {
  readonly file: string | undefined;
}

export function runningPrograms(): RunningProgram[] {
  return readdirSync("/proc")
    .filter((name) => /^[0-9]+$/.test(name))
    .map((pid) => {
      let file: string | undefined;
      try {
        file = readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, "");
      } catch {
        // A kernel thread, another user's process, or one that just ended.
      }
      const comm = textOf(`/proc/${pid}/comm`).trim();
      // An interpreter is called by what it runs.
      const interpreted = file === undefined || /\/(python|perl|node|sh|bash)[0-9.]*$/.test(file);
      return { name: interpreted ? comm : basename(file ?? ""), pid: Number(pid), file };
    });
}

/** Whether it is a part of one of our instances: its folder lies in one that holds a manifest of parts. */
export const isOurs = ({ file }: RunningProgram): boolean =>
  file !== undefined && existsSync(join(dirname(file), "..", "parts.json"));

interface ListedChain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly hook?: string;
  readonly policy?: string;
}

/** Chains of other people's tables that drop by default, from `nft -j list chains`. */
export function droppingChains(json: string): DroppingChain[] {
  const listed = JSON.parse(json) as { nftables?: { chain?: ListedChain }[] };
  const found: DroppingChain[] = [];
  for (const { chain } of listed.nftables ?? []) {
    if (chain === undefined || chain.policy !== "drop" || chain.table.startsWith("bulkhead-")) continue;
    const { family, table, name, hook } = chain;
    if (hook === "input" || hook === "forward" || hook === "output") found.push({ family, table, chain: name, hook });
  }
  return found;
}

export async function probeDropping(): Promise<DroppingChain[]> {
  const listed = await run(["nft", "-j", "list", "chains"], { timeout: 10_000 });
  try {
    return listed.code === 0 ? droppingChains(listed.stdout) : [];
  } catch {
    return [];
  }
}

/** TCP ports that anyone on this machine listens on, from the kernel's tables. */
export function listeningPorts(tables: readonly string[]): ReadonlySet<number> {
  const ports = new Set<number>();
  for (const line of tables.flatMap((table) => table.split("\n"))) {
    const [, local = "", , state] = line.trim().split(/\s+/);
    if (state === "0A") ports.add(Number.parseInt(local.slice(local.lastIndexOf(":") + 1), 16));
  }
  return ports;
}
