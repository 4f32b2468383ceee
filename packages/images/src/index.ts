/**
 * @bulkhead/images: container images without a daemon: built from files, packed as OCI layers, pushed to and resolved
 * from registries, every byte checked against its digest.
 */

export * from "./build/elf.ts";
export * from "./build/image.ts";
export * from "./build/layer.ts";
export * from "./build/package-files.ts";
export * from "./inventory.ts";
export * from "./registry/registry-client.ts";
export * from "./registry/registry-error.ts";
export * from "./signatures/index.ts";
