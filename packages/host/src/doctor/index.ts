export { type KnownEscape, knownEscapes } from "./escapes.ts";
export { examine } from "./examine.ts";
export type { Answer, CgroupMode, DroppingChain, MachineFacts, OtherProgram } from "./facts.ts";
export * from "./finding.ts";
export { hasEscape, judgeParts } from "./judge-parts.ts";
export { type LookOptions, lookAtMachine } from "./probe/look.ts";
export { compareDebianVersions } from "./versions.ts";
