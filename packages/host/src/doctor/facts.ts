import type { Offer } from "../parts/debian-archive.ts";
import type { PartsManifest } from "../parts/install-parts.ts";
import type { FilterMeans } from "../seccomp/means.ts";

/** unknown: it could not be tried, most often for want of root. */
export type Answer = "yes" | "no" | "unknown";

export type CgroupMode = "v2" | "v1" | "hybrid" | "none";

/** Another program that runs containers or filters packets. */
export interface OtherProgram {
  readonly name: string;
  readonly pid: number;
}

/** A chain of the packet filter, not ours, that drops what no rule of it accepts. */
export interface DroppingChain {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  readonly hook: "input" | "forward" | "output";
}

/** The machine as it was found: what the checks judge, and all that they know. */
export interface MachineFacts {
  readonly root: boolean;
  readonly architecture: string;
  readonly kernel: {
    /** `6.1.0-18-amd64`. */
    readonly release: string;
    readonly version: readonly [major: number, minor: number];
    /** The newest kernel that lies in /boot; undefined where none does. */
    readonly installed: string | undefined;
  };
  readonly cgroups: { readonly mode: CgroupMode; readonly controllers: readonly string[] };
  readonly systemd: boolean;
  readonly userNamespaces: Answer;
  readonly networkNamespaces: Answer;
  /** Tried where the instance keeps its images. */
  readonly overlayfs: Answer;
  /** tmpfs that is never written to swap. */
  readonly noswap: Answer;
  readonly apparmor: boolean;
  readonly seccomp: boolean;
  /** What puts our own unprivileged processes under a seccomp filter; undefined: nothing here can. */
  readonly filterMeans: FilterMeans | undefined;
  /** Names of capabilities that this machine's root may have. */
  readonly capabilities: ReadonlySet<string>;
  /** Program → whether the path has it. */
  readonly programs: Readonly<Record<string, boolean>>;
  readonly others: readonly OtherProgram[];
  readonly dropping: readonly DroppingChain[];
  /** Bytes. */
  readonly swap: number;
  /** Bytes; `limit` is that of the control group we are in, where there is one. */
  readonly memory: { readonly total: number; readonly available: number; readonly limit: number | undefined };
  readonly disk: { readonly path: string; readonly free: number; readonly total: number };
  readonly clock: { readonly synchronised: Answer; readonly by: string | undefined };
  readonly node: string;
  readonly sqlite: string | undefined;
  /** Ports that Bulkhead wants, is not yet holding itself, and that someone else listens on. */
  readonly takenPorts: readonly number[];
  readonly parts: PartsManifest | undefined;
  /** What the security suite of the machine's own release has of our parts; undefined: not asked or not reached. */
  readonly securityOffers: readonly Offer[] | undefined;
}
