/**
 * @bulkhead/host: the machine: what it has and lacks, where an instance keeps what, our private copies of other
 * people's programs, how processes are told apart.
 */
export * from "./doctor/index.ts";
export { fileMark } from "./file-mark.ts";
export * from "./instance.ts";
export * from "./instance-processes.ts";
export * from "./inventory/index.ts";
export * from "./machine-lock.ts";
export { parseInstance } from "./parse-instance.ts";
export * from "./parts/debian-archive.ts";
export * from "./parts/install-parts.ts";
export { type Architecture, architectureOf } from "./parts/part-list.ts";
export type { PartNeed } from "./parts/part-needs.ts";
export * from "./posture-facts/index.ts";
export * from "./process-identity.ts";
export * from "./process-table.ts";
export * from "./progress.ts";
export * from "./read-if-there.ts";
export * from "./release/index.ts";
export * from "./remove-instance.ts";
export * from "./run.ts";
export * from "./seccomp/filter.ts";
export * from "./seccomp/means.ts";
