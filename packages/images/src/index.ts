/**
 * @bulkhead/images: container images without a daemon: built from files, packed as OCI layers, pushed to and resolved
 * from registries, every byte checked against its digest.
 */

export { type AdvisoryKind, type SeverityLevel, severityOfScore } from "./advisories/advisory.ts";
export {
  type AdvisoryDatabase,
  type AdvisoryHead,
  type Epss,
  type Exploited,
  type FoundAdvisory,
  openAdvisories,
  openStillAdvisories,
  type ReleaseCycle,
} from "./advisories/advisory-database.ts";
export { AdvisoryError, type AdvisoryErrorCode } from "./advisories/advisory-error.ts";
export { type AdvisoryHold, holdAdvisories, restoreAdvisories } from "./advisories/hold-advisories.ts";
export { type Imported, type ImportOptions, importAdvisories } from "./advisories/import-folder.ts";
export { importMirror, type MirrorOptions } from "./advisories/import-mirror.ts";
export {
  type HeldRefresh,
  type RefreshDecision,
  type RefreshState,
  readRefreshDecision,
  readRefreshState,
  refreshFiles,
} from "./advisories/refresh-state.ts";
export { ageOf, type SourceAge, type SourceKind, type SourceState } from "./advisories/source-state.ts";
export { forgetSource } from "./advisories/take-in.ts";
export { type BlobDescriptors, openDescriptors } from "./archives/descriptor-source.ts";
export type { HistoryStep, ImageConfig } from "./archives/image-config.ts";
export type { ImageSource, Platform, SourceImage, SourceLayer } from "./archives/image-source.ts";
export { type BlobStore, choosePlatform, hostPlatform, imageFromManifest } from "./archives/manifest-image.ts";
export { openContainerdStore, openLayoutFolder } from "./archives/oci-layout.ts";
export { openPlainFolder } from "./archives/plain-folder.ts";
export { type AheadReaders, createAheadReaders } from "./archives/read-ahead.ts";
export { openRegistryImage, type RegistryImage } from "./archives/registry-source.ts";
export { SourceError, type SourceErrorCode } from "./archives/source-error.ts";
export { openTarArchive } from "./archives/tar-archive.ts";
export * from "./build/elf.ts";
export * from "./build/image.ts";
export * from "./build/layer.ts";
export { packageDeclarations } from "./build/package-declarations.ts";
export * from "./build/package-files.ts";
export { type CheckFinding, imageChecks } from "./checks/check-image.ts";
export type { CheckHit, CheckSeverity, ImageCheck } from "./checks/image-check.ts";
export { CompressionError } from "./compression/compression-error.ts";
export { type UnpackLimits, unpacked } from "./compression/unpack.ts";
export { compareEvidence, type EvidenceDifference } from "./evidence/compare-evidence.ts";
export {
  EvidenceError,
  type EvidenceErrorCode,
  type EvidenceFlaw,
  readEvidence,
  type ScannerEvidence,
} from "./evidence/scanner-evidence.ts";
export * from "./inventory.ts";
export { LayerError, type LayerErrorCode } from "./layers/layer-error.ts";
export { defaultLimits, type ScanLimits } from "./layers/limits.ts";
export type { TarEntry } from "./layers/tar-header.ts";
export { createTarReader } from "./layers/tar-reader.ts";
export type { ImageSubject, VexOptions } from "./matching/apply-vex.ts";
export { findCycle } from "./matching/end-of-life.ts";
export * from "./matching/finding.ts";
export { createMatcher, type Matcher, match, noVex } from "./matching/match.ts";
export { rankOf } from "./matching/package-flaws.ts";
export { type PolicySaying, policyStatements } from "./matching/policy-vex.ts";
export { type ParsedPurl, parsePurl, purlCovers } from "./matching/purl.ts";
export { readVex, type VexReading } from "./matching/read-vex.ts";
export type { VexOrigin, VexProduct, VexStatement, VexStatus } from "./matching/vex-statement.ts";
export { type NpmRelease, npmReleaseLimits, readNpmRelease } from "./npm-release/npm-release.ts";
export { NpmReleaseError, type NpmReleaseErrorCode } from "./npm-release/npm-release-error.ts";
export { type NpmKey, parseNpmKeys, verifyRegistrySignature } from "./npm-release/registry-signature.ts";
export { purlOf } from "./packages/purl.ts";
export * from "./patch/index.ts";
export { type PullSecrets, parsePullSecrets } from "./registry/pull-secret.ts";
export {
  createRegistries,
  type Registries,
  type RegistriesOptions,
  type RegistryPlace,
} from "./registry/registries.ts";
export {
  formatRegistries,
  noRegistries,
  parseRegistries,
  type RegistriesFile,
  RegistriesFileError,
  type RegistriesFileErrorCode,
  type RegistrySettings,
  readAuthorities,
  registriesFrom,
  registryHostFault,
} from "./registry/registries-file.ts";
export { registryAndMirrors } from "./registry/registry-and-mirrors.ts";
export * from "./registry/registry-client.ts";
export * from "./registry/registry-error.ts";
export type { RegistryCredential } from "./registry/registry-session.ts";
export { cycloneDx, type SbomOptions, type SbomVulnerability } from "./sbom/cyclonedx.ts";
export { readSbom, type SbomReading } from "./sbom/read-sbom.ts";
export { SbomError, type SbomErrorCode } from "./sbom/sbom-error.ts";
export { spdx } from "./sbom/spdx.ts";
export { openHandedRecords, packedRecordLimit, readLoneLayer } from "./scan/handed-records.ts";
export { type LayerCache, openLayerCache } from "./scan/layer-cache.ts";
export { recordFormat } from "./scan/layer-record.ts";
export { type LoadableFiles, packagesOfFiles } from "./scan/loadable-files.ts";
export type { ImageSecret } from "./scan/merge-records.ts";
export { scanFacts } from "./scan/scan-facts.ts";
export { type ImageScan, type ScannedLayer, type ScanOptions, scanImage } from "./scan/scan-image.ts";
export { type SecretRule, secretRules } from "./secrets/rules.ts";
export type { SecretFinding, SecretSeverity } from "./secrets/secret-rule.ts";
export type { SignatureRegistry } from "./signatures/collect.ts";
export { type CollectedVex, collectVex } from "./signatures/collect-vex.ts";
export * from "./signatures/load.ts";
export { signaturePlaces } from "./signatures/signature-places.ts";
export { type Comparison, compareVersions, isVersion } from "./versions/compare.ts";
