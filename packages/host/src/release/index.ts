/** Releases of Bulkhead itself: their form, where they lie in an instance, and how its programs are exchanged. */
export * from "./release-archive.ts";
export * from "./release-folders.ts";
export * from "./release-manifest.ts";
export * from "./release-source.ts";
export * from "./switch-programs.ts";
