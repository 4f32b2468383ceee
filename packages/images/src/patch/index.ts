/** Patched images: a distribution's own fixed packages, put on a base image as one layer. */

export type { FetchFile } from "./fetch-file.ts";
export { fetchOverHttp } from "./fetch-over-http.ts";
export { loadRepositories } from "./load-repositories.ts";
export { PatchError, type PatchErrorCode } from "./patch-error.ts";
export { patchImage } from "./patch-image.ts";
export { type PackageUpgrade, type PatchRefusal, type WantedFix, wantedFixes } from "./patch-plan.ts";
export type { ImagePatch, PatchOptions } from "./patch-work.ts";
export { buildPatchedImage, type PatchedImage, type PatchedImageParts, upgradesText } from "./patched-image.ts";
export { type PushPatched, pushPatched } from "./push-patched.ts";
export { readPackageRepositories } from "./read-repositories.ts";
export { defaultRepositories, type LoadedRepository, type PackageRepository } from "./repositories.ts";
export { type ImageSigningKey, readSigningKey } from "./sign-image.ts";
