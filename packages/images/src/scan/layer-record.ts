import type { BlindSpot, Distribution } from "../inventory.ts";
import type { PathKey } from "../layers/path-set.ts";
import type { FoundPackage } from "../packages/declaration.ts";
import type { DeclarationKind } from "../packages/declaration-kind.ts";
import type { GoFunctions } from "../packages/go-functions.ts";
import type { SecretFinding } from "../secrets/secret-rule.ts";

/** Raised whenever a layer would be read to another result: older records are then read anew. */
export const recordFormat = 10;

/** Files of one operating system package: hashes under the record's key, packed. */
export interface RecordedFiles {
  readonly owner: string;
  readonly hashes: string;
}

/** What one file of the layer declares. */
export interface RecordedDeclaration {
  readonly path: string;
  readonly kind: DeclarationKind | "program";
  readonly packages: readonly FoundPackage[];
  readonly owned?: readonly RecordedFiles[];
  readonly explains?: readonly string[];
  readonly distribution?: Distribution;
  readonly repositoryRelease?: string;
  readonly locked?: number;
  readonly goFunctions?: GoFunctions;
  readonly blindSpots?: readonly BlindSpot[];
}

export type ExecutableKind = "elf" | "script" | "archive";

export interface Executable {
  readonly path: string;
  readonly kind: ExecutableKind;
}

/** A file whose rights are worth a look: setuid, setgid, file capabilities, writable by everyone. */
export interface FileMark {
  readonly path: string;
  readonly type: "file" | "directory";
  readonly mode: number;
  readonly uid: number;
  readonly capabilities?: boolean;
}

/**
 * What one layer says, whatever lies below or above it: plain JSON, kept by digest. Paths are relative to the image's
 * root. Sets of paths are hashes (layers/path-set.ts): enough to apply the layer to those below it.
 */
export interface LayerRecord {
  readonly format: number;
  readonly digest: string;
  readonly diffId: string;
  readonly size: number;
  readonly entries: number;
  /** About how many bytes it takes in memory: what one image may take is bounded. */
  readonly weight: number;
  readonly key: PathKey;
  /** Everything but directories; directories with an entry; every folder that holds an entry. */
  readonly files: string;
  readonly folders: string;
  readonly parents: string;
  readonly whiteouts: readonly string[];
  readonly opaque: readonly string[];
  /** Symlinks that may lead to folders: path and target as written. */
  readonly links: readonly (readonly [string, string])[];
  readonly declarations: readonly RecordedDeclaration[];
  readonly executables: readonly Executable[];
  readonly marks: readonly FileMark[];
  readonly secrets: readonly SecretFinding[];
  readonly blindSpots: readonly BlindSpot[];
}
