import type { LoadedRepository, PackageUpgrade, PatchRefusal } from "@bulkhead/images";

/**
 * What a process without rights asks of a worker that root lent it over a socket. Images and packages come over the same
 * socket, as the worker asks for them by digest or address: it has no network and opens nothing.
 */
export type LentJob = LentScan | LentPatch;

export interface LentScan {
  readonly job: "scan";
  /** For messages: the image's name. */
  readonly name: string;
  /** Of an index or of its platform's manifest. */
  readonly digest: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface LentPatch extends Omit<LentScan, "job"> {
  readonly job: "patch";
  readonly repositories: readonly LentRepository[];
}

/** Keys as base64: a job is JSON. */
export type LentRepository = Omit<LoadedRepository, "keys"> & {
  readonly keys: readonly { readonly name: string; readonly bytes: string }[];
};

/** What a worker wants to have before it goes on; answered by `LentGiven`, then pieces, then an empty one. */
export type LentWant =
  | { readonly want: "manifest" | "config"; readonly digest: string; readonly limit: number }
  | { readonly want: "layer"; readonly digest: string }
  /** A file of one of the job's repositories. */
  | { readonly want: "file"; readonly url: string; readonly limit: number }
  /** It has ended: the answer follows, and for a patch the layer's pieces and an empty one. */
  | { readonly want: "nothing" };

export type LentGiven =
  | { readonly given: true }
  | { readonly given: false; readonly absent: boolean; readonly says: string };

/** What a patch would change; its layer follows where there is one. */
export interface LentPatchAnswer {
  readonly base: string;
  readonly made: number;
  readonly upgrades: readonly PackageUpgrade[];
  readonly refused: readonly PatchRefusal[];
  readonly notes: readonly string[];
  readonly layer: boolean;
}

export const lentLimits = {
  /** Bytes of a want or of what goes before an answer. */
  head: 64 << 10,
  /** Of a job in JSON: keyrings come with it. */
  job: 8 << 20,
  piece: 1 << 20,
  answer: 4 << 20,
  /** Of a patch's layer. */
  layer: 256 << 20,
} as const;
