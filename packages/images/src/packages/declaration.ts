import type { BlindSpot, Distribution, Package } from "../inventory.ts";
import type { GoFunctions } from "./go-functions.ts";

/** A package as its declaration names it: where it lies is added by whoever knows. */
export type FoundPackage = Omit<Package, "paths" | "layer" | "ownedBy" | "inUse">;

/** Files of one package: absolute or relative paths as its list has them, or that list, a line each, until the next file is read. */
export interface OwnedFiles {
  readonly owner: string;
  readonly files: readonly string[] | Buffer;
}

/** What one file of an image declares. */
export interface Declared {
  readonly packages: readonly FoundPackage[];
  /** An operating system package's own list of files. */
  readonly owned?: readonly OwnedFiles[];
  /** Executable files that this explains: exact paths, and folders ending in `/`. Relative to the image's root. */
  readonly explains?: readonly string[];
  readonly distribution?: Distribution;
  /** Alpine's release by its repositories file. */
  readonly repositoryRelease?: string;
  readonly blindSpots?: readonly BlindSpot[];
  /** Of a Go program. */
  readonly goFunctions?: GoFunctions;
  /** A lock file names so many packages: evidence of intent, not of presence. */
  readonly locked?: number;
}

export const nothingDeclared: Declared = Object.freeze({ packages: [] });
/** Longest name, version, or other text taken from an image. */
const textLimit = 512;

/** A word out of an image: bounded, without control characters; undefined where nothing is left. */
export function word(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const clean = text.length > textLimit ? text.slice(0, textLimit) : text;
  const trimmed = clean.replace(/\p{Cc}/gu, "").trim();
  return trimmed === "" ? undefined : trimmed;
}
