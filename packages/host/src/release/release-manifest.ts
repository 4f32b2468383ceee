import { createHash } from "node:crypto";

/** Which formats of the database a release reads, and which it leaves behind. */
export interface ReleaseSchema {
  readonly writes: number;
  readonly reads: readonly number[];
}

export interface ReleaseFile {
  /** Below the release's folder: `shop/api/server.mjs`. */
  readonly path: string;
  readonly size: number;
  /** Hexadecimal. */
  readonly sha512: string;
  readonly executable: boolean;
}

/** `release.json`: what a release says of itself. It is the first file of the archive, and vouched for with it. */
export interface ReleaseManifest {
  readonly format: 1;
  readonly name: "bulkhead";
  readonly version: string;
  readonly schema: ReleaseSchema;
  /** The Node that is carried, and for which machines. */
  readonly node: { readonly version: string; readonly architectures: readonly string[] };
  /** Every file but this one. */
  readonly files: readonly ReleaseFile[];
}

export const manifestFile = "release.json";
export const releaseName = "bulkhead";

/** Where an archive keeps the Node of an architecture; in an instance it lies beside the programs, as `node`. */
export const carriedNode = (architecture: string): string => `nodes/linux-${architecture}`;

/** How much of a release is read, in bytes and in files. */
export const releaseLimits = {
  archive: 512 << 20,
  unpacked: 1024 << 20,
  manifest: 1 << 20,
  files: 4000,
  path: 200,
} as const;

export type ReleaseErrorCode =
  | "unreadable"
  | "not-a-release"
  | "newer-form"
  | "unlisted-file"
  | "missing-file"
  | "altered-file"
  | "forbidden-entry"
  | "too-large"
  | "other-architecture";

/** Why an archive or folder is no release that may be used. */
export class ReleaseError extends Error {
  readonly code: ReleaseErrorCode;
  constructor(code: ReleaseErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "ReleaseError";
    this.code = code;
  }
}

/** A name of letters, digits and `. _ + - @` that is neither `.` nor `..`: nothing that leads elsewhere. */
const segment = /^(?!\.{1,2}$)[A-Za-z0-9._+@-]+$/;

/** Whether a path stays where it is said to be, however it is read. */
export const isPlainPath = (path: string): boolean =>
  path.length <= releaseLimits.path && path.split("/").every((part) => segment.test(part));

/** A version as npm has them, without build metadata: it names a folder, too. */
export const isReleaseVersion = (text: string): boolean =>
  text.length <= 64 && /^(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2}(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/.test(text);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** Reads a manifest that nobody has vouched for yet. Throws ReleaseError. */
export function parseManifest(bytes: Uint8Array): ReleaseManifest {
  const refuse = (why: string): never => {
    throw new ReleaseError("not-a-release", `${manifestFile}: ${why}`);
  };
  if (bytes.length > releaseLimits.manifest)
    throw new ReleaseError("too-large", `${manifestFile} has more than ${releaseLimits.manifest} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new ReleaseError("not-a-release", `${manifestFile} is no JSON`, error);
  }
  if (!isObject(value)) return refuse("is no object");
  const { format, name, version, schema, node, files } = value;
  if (isCount(format) && format > 1)
    throw new ReleaseError(
      "newer-form",
      `${manifestFile} has form ${format}, this Bulkhead reads 1: take one in between`,
    );
  if (format !== 1 || name !== releaseName) return refuse("is not of a release of Bulkhead");
  if (typeof version !== "string" || !isReleaseVersion(version)) return refuse("names no version");
  if (!isObject(node) || typeof node["version"] !== "string" || !isNames(node["architectures"]))
    return refuse("does not say which Node it carries");
  if (!Array.isArray(files) || files.length > releaseLimits.files)
    return refuse(`does not list its files, at most ${releaseLimits.files}`);
  const listed = files.map((file) => fileOf(file) ?? refuse("lists a file that is none"));
  if (new Set(listed.map(({ path }) => path.toLowerCase())).size !== listed.length) return refuse("lists a file twice");
  if (listed.reduce((sum, { size }) => sum + size, 0) > releaseLimits.unpacked)
    throw new ReleaseError("too-large", `${manifestFile} lists more than ${releaseLimits.unpacked} bytes`);
  return {
    format: 1,
    name: releaseName,
    version,
    schema: schemaOf(schema) ?? refuse("does not say which formats of the database it reads"),
    node: { version: node["version"], architectures: node["architectures"] },
    files: listed,
  };
}

const isNames = (value: unknown): value is string[] =>
  Array.isArray(value) && value.length <= 8 && value.every((each) => typeof each === "string" && segment.test(each));

/** A schema as data says it; undefined for anything else. What is written must be readable. */
export function schemaOf(value: unknown): ReleaseSchema | undefined {
  if (!isObject(value) || !isCount(value["writes"]) || !Array.isArray(value["reads"])) return undefined;
  const reads: unknown[] = value["reads"];
  if (reads.length > 64 || !reads.every(isCount) || !reads.includes(value["writes"])) return undefined;
  return { writes: value["writes"], reads };
}

function fileOf(value: unknown): ReleaseFile | undefined {
  if (!isObject(value)) return undefined;
  const { path, size, sha512, executable } = value;
  if (typeof path !== "string" || !isPlainPath(path) || path === manifestFile || !isCount(size)) return undefined;
  if (typeof sha512 !== "string" || !/^[0-9a-f]{128}$/.test(sha512) || typeof executable !== "boolean")
    return undefined;
  return { path, size, sha512, executable };
}

/** The bytes of a manifest: the same for the same content. */
export const formatManifest = (manifest: ReleaseManifest): Buffer =>
  Buffer.from(`${JSON.stringify(manifest, undefined, 1)}\n`);

export const sha512Of = (bytes: Uint8Array): string => createHash("sha512").update(bytes).digest("hex");
