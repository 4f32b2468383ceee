import type { Command } from "commander";
import type { BulkheadOptions } from "../commands/current-release.ts";
import { CommandFailure, exitCode } from "../exit-codes.ts";
import { type OutputFormat, print } from "../output/print.ts";
import { progress } from "./options.ts";

/** What `current plan|apply|rollback --bulkhead` may be given. */
export interface BulkheadGiven extends BulkheadOptions {
  /** `true`: the flag without a release. */
  readonly bulkhead?: string | true;
}

const vouching = {
  digest: "--digest",
  attestation: "--attestation",
  registry: "--registry",
  registryKeys: "--registry-keys",
  trustedRoot: "--trusted-root",
  source: "--source",
  workflow: "--workflow",
} as const;

/** Options that say what vouches for a release. */
export const vouchOptions = (command: Command): Command =>
  command
    .option("--digest <sha512>", "with --bulkhead FILE: the archive's digest, as whoever made it told you (sha512-…)")
    .option("--attestation <file>", "with --bulkhead FILE: npm's attestations of it, instead of a digest")
    .option("--registry <url>", "with --bulkhead VERSION: the npm registry (default https://registry.npmjs.org)")
    .option("--registry-keys <file>", "the registry's keys, instead of asking it for them")
    .option("--trusted-root <file>", "the Sigstore trusted root that has to vouch for the provenance")
    .option("--source <repository>", "what a release has to be built from (https://github.com/OWNER/NAME)")
    .option("--workflow <path>", "and by which workflow (default .github/workflows/release.yml)");

/** Throws CommandFailure where something vouches for a release and none is meant. */
export function checkBulkhead(given: BulkheadGiven): void {
  const left = Object.entries(vouching).filter(([name]) => given[name as keyof typeof vouching] !== undefined);
  if (typeof given.bulkhead !== "string" && left.length > 0)
    throw new CommandFailure(`${left.map(([, flag]) => flag).join(", ")} goes with --bulkhead FILE or VERSION`);
}

export async function planOfBulkhead(given: BulkheadGiven, format: OutputFormat): Promise<void> {
  const { planBulkhead } = await import("../commands/current-release.ts");
  const { bulkheadPlanText } = await import("../release/release-text.ts");
  const which = given.bulkhead === true ? undefined : given.bulkhead;
  const plan = await planBulkhead(which, given, progress());
  print(plan, format, bulkheadPlanText);
  const { release, pending } = plan;
  process.exitCode =
    pending !== undefined || (release !== undefined && release.step !== "nothing") ? exitCode.no : exitCode.ok;
}

export async function applyOfBulkhead(given: BulkheadGiven, format: OutputFormat): Promise<void> {
  if (typeof given.bulkhead !== "string")
    throw new CommandFailure("--bulkhead: name the release, a file of npm run release or a version of the registry");
  const { applyBulkhead } = await import("../commands/current-release.ts");
  const { bulkheadAppliedText } = await import("../release/release-text.ts");
  print(await applyBulkhead(given.bulkhead, given, progress()), format, bulkheadAppliedText);
}

export async function rollbackOfBulkhead(given: BulkheadGiven, format: OutputFormat): Promise<void> {
  const { rollBackBulkhead } = await import("../commands/current-release.ts");
  const { bulkheadRolledBackText } = await import("../release/release-text.ts");
  print(await rollBackBulkhead(given, progress()), format, bulkheadRolledBackText);
}
