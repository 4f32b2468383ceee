import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileMark } from "./file-mark.ts";
import { writeDurably } from "./instance.ts";
import type { ProcessIdentity } from "./process-identity.ts";
import type { FilterMeans } from "./seccomp/means.ts";

/** A socket that a root parent opens inside a network namespace and hands to an unprivileged child. */
export interface SocketSpec {
  readonly kind: "tcp" | "udp";
  /** Path of the namespace (/run/netns/NAME). */
  readonly namespace: string;
  readonly address: string;
  readonly port: number;
}

/** One program that the supervisor keeps alive. */
export interface ProcessSpec {
  readonly name: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Numeric user and group; undefined: root. Other than root gets no capability and may gain none. */
  readonly user?: number;
  /** Capabilities that a root process keeps. */
  readonly capabilities?: readonly string[];
  /** It may start programs that gain privileges (within its capabilities), as containers may. Default false. */
  readonly mayGain?: boolean;
  /** The seccomp filter of a process with a user of its own; its digest, since another filter is another process. */
  readonly filter?: { readonly means: FilterMeans; readonly file: string; readonly digest: string };
  /** Handed over as file descriptors 3, 4, … in this order. */
  readonly sockets: readonly SocketSpec[];
  /** Goes on when Bulkhead goes down, since running containers need it. */
  readonly outlives: boolean;
  /** Never replaced by a newer version while it runs: containers hang on it. Default false. */
  readonly pinned?: boolean;
  /** Bytes at which its log file is turned over. Default 16 MiB. */
  readonly logLimit?: number;
}

/** What the supervisor was told to keep alive, in the order in which it starts them: run/table.json. */
export interface ProcessTable {
  readonly format: 1;
  readonly processes: readonly ProcessSpec[];
}

/** How a process stands: run/processes.json, rewritten at every change. */
export interface ProcessState {
  readonly name: string;
  readonly identity: ProcessIdentity | undefined;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly restarts: number;
  readonly lastExit: string | undefined;
  /** Digest of the spec it was started from: another one means that it must be replaced. */
  readonly spec: string;
}

export interface SupervisorState {
  readonly format: 1;
  readonly supervisor: ProcessIdentity | undefined;
  /** Digest of the sources that the supervisor was bundled from. */
  readonly build: string | undefined;
  readonly processes: readonly ProcessState[];
}

/** The state as the last supervisor left it; empty where there was none. */
export async function readState(runDirectory: string): Promise<SupervisorState> {
  const text = await readFile(join(runDirectory, "processes.json"), "utf8").catch(() => undefined);
  return text === undefined
    ? { format: 1, supervisor: undefined, build: undefined, processes: [] }
    : (JSON.parse(text) as SupervisorState);
}

export const writeState = (runDirectory: string, state: SupervisorState): Promise<void> =>
  writeDurably(join(runDirectory, "processes.json"), `${JSON.stringify(state, undefined, 1)}\n`, 0o644);

export async function readTable(runDirectory: string): Promise<ProcessTable> {
  return JSON.parse(await readFile(join(runDirectory, "table.json"), "utf8")) as ProcessTable;
}

export const writeTable = (runDirectory: string, table: ProcessTable): Promise<void> =>
  writeDurably(join(runDirectory, "table.json"), `${JSON.stringify(table, undefined, 1)}\n`, 0o600);

/** For whoever asks again and again: read anew when it was written anew. */
export function followTable(runDirectory: string): () => Promise<ProcessTable> {
  let known: { readonly mark: string | undefined; readonly table: ProcessTable } | undefined;
  return async () => {
    const mark = fileMark(join(runDirectory, "table.json"));
    if (known === undefined || known.mark !== mark) known = { mark, table: await readTable(runDirectory) };
    return known.table;
  };
}

const digests = new WeakMap<ProcessSpec, string>();

/** Tells two versions of a process apart: its command, environment, user, sockets. */
export function specDigest(spec: ProcessSpec): string {
  const digest = digests.get(spec) ?? createHash("sha256").update(JSON.stringify(spec)).digest("hex").slice(0, 16);
  digests.set(spec, digest);
  return digest;
}
