/** Bounds of one scan. Whatever is past one is a named blind spot or a LayerError `limit`, never silence. */
export interface ScanLimits {
  /** Uncompressed bytes of one layer; default 64 GiB. */
  readonly layerBytes: number;
  /** Entries of one layer; default 2 million. */
  readonly entries: number;
  /** Bytes of a path; default 4,096. */
  readonly pathBytes: number;
  /** Uncompressed to compressed bytes, looked at past the first 64 MiB; default 2,000 (gzip reaches 1,032). */
  readonly ratio: number;
  /** A file of at most so many bytes is looked at in memory; default 16 MiB: larger ones go through a file. */
  readonly fileInMemory: number;
  /** A larger program, archive or database is put into a temporary file up to this; default 1 GiB. */
  readonly fileOnDisk: number;
  /** Archives within archives; default 4. */
  readonly nesting: number;
  /** Text files up to this are searched for secrets; default 2 MiB. */
  readonly secretFile: number;
  /** Packages, files to report and findings kept per layer, each; default 200,000. */
  readonly kept: number;
  /** Bytes that all that is kept of one image may take; default 64 MiB (a large image's is 5). */
  readonly keptBytes: number;
  /** Layers of one image; default 256 (Docker makes 127 at most). */
  readonly layers: number;
}

export const defaultLimits: ScanLimits = {
  layerBytes: 64 * 2 ** 30,
  entries: 2_000_000,
  pathBytes: 4096,
  ratio: 2000,
  fileInMemory: 16 * 2 ** 20,
  fileOnDisk: 2 ** 30,
  nesting: 4,
  secretFile: 2 * 2 ** 20,
  kept: 200_000,
  keptBytes: 64 * 2 ** 20,
  layers: 256,
};
