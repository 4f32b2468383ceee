/**
 * Why a release of an npm package does not count.
 * - `unreadable`: a document that is too large, too deep, or not what its place promises.
 * - `other-package`: a document or statement of another package, version or content.
 * - `no-release`: the document names no newest version that it also describes.
 * - `no-integrity`: no SHA-512 of its archive.
 * - `unsigned`, `unknown-key`, `expired-key`, `bad-signature`: of the registry's signature and publish attestation.
 * - `no-publish`, `no-provenance`: that attestation is not there.
 * - `untrusted`: the build's certificate, or the time of signing, is of no authority of the trusted root.
 * - `not-logged`: in no transparency log of the trusted root, or another entry than the signed.
 * - `other-builder`, `other-source`, `other-workflow`: built, but not as demanded.
 */
export type NpmReleaseErrorCode =
  | "unreadable"
  | "other-package"
  | "no-release"
  | "no-integrity"
  | "unsigned"
  | "unknown-key"
  | "expired-key"
  | "bad-signature"
  | "no-publish"
  | "no-provenance"
  | "untrusted"
  | "not-logged"
  | "other-builder"
  | "other-source"
  | "other-workflow";

/** A release that does not count, and why. The message is for a person. */
export class NpmReleaseError extends Error {
  readonly code: NpmReleaseErrorCode;
  constructor(code: NpmReleaseErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "NpmReleaseError";
    this.code = code;
  }
}
