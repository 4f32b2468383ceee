import type { ParsedPurl } from "./purl.ts";

export type VexStatus = "not_affected" | "affected" | "fixed" | "under_investigation";

/** Where a statement came from; whether it settles anything is by this, not by what it says of itself. */
export type VexOrigin = "policy" | "file" | "vendor" | "image";

/** One statement of an OpenVEX, CycloneDX or CSAF document. */
export interface VexStatement {
  readonly author: string;
  /** The document's own identifier. */
  readonly document: string;
  readonly origin: VexOrigin;
  /** The author signed it, and the signature was verified: the name is not a claim of the document's. */
  readonly verified?: true;
  /** Every name the flaw is given. */
  readonly vulnerabilities: readonly string[];
  readonly status: VexStatus;
  /** OpenVEX's words, whatever the document's form; for `not_affected` one of this and `statement` is there. */
  readonly justification?: string;
  /** Free text: impact, or what was done. */
  readonly statement?: string;
  /** Milliseconds since the epoch; of two statements the newer holds. */
  readonly at?: number;
  /** What it is about; empty: everything in the image that it came with. */
  readonly products: readonly VexProduct[];
}

/** A package, or an image with, perhaps, the packages in it that are meant. */
export interface VexProduct {
  readonly purl?: ParsedPurl;
  /** `sha256:…` of an image. */
  readonly digest?: string;
  /** Empty: all of the product. */
  readonly parts: readonly ParsedPurl[];
}
