import type { Command } from "commander";
import type { FollowOptions } from "../commands/current-follow.ts";
import type { BulkheadOptions } from "../commands/current-release.ts";
import { CommandFailure, exitCode } from "../exit-codes.ts";
import { type OutputFormat, outputFormat, print } from "../output/print.ts";
import { outputOption, progress, rootOption } from "./options.ts";

/** What `current plan|apply|rollback --bulkhead` may be given. */
export interface BulkheadGiven extends BulkheadOptions {
  /** `true`: the flag without a release. */
  readonly bulkhead?: string | true;
  /** The supervisor's own process asks, as CurrencyPolicies say. */
  readonly byPolicy?: boolean;
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

/** `bulkhead current follow`. */
export function registerFollow(current: Command): void {
  current
    .command("follow")
    .summary("where releases of Bulkhead come from, and what vouches for them; without options: what was said")
    .description(
      "Say once where releases of Bulkhead are looked up and what has to vouch for them. From then on bulkhead current plan shows the newest, and a CurrencyPolicy that names bulkhead may have it put in. Whose releases they are is root's to say on this machine; the API's objects say when.",
    )
    .option("--source <repository>", "what a release has to be built from (https://github.com/OWNER/NAME)")
    .option("--trusted-root <file>", "the Sigstore trusted root that has to vouch for the provenance; it is copied")
    .option("--registry <url>", "the npm registry (default https://registry.npmjs.org)")
    .option("--registry-keys <file>", "its keys, instead of asking it for them; they are copied")
    .option("--workflow <path>", "by which workflow (default .github/workflows/release.yml)")
    .option("--remove", "look releases up no more")
    .addOption(rootOption())
    .addOption(outputOption())
    .action(async (o: FollowOptions & { readonly output?: string }) => {
      const format = outputFormat(o.output);
      const { followReleases, followingText } = await import("../commands/current-follow.ts");
      print(await followReleases(o), format, followingText);
    });
}

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
  const { applyBulkhead, applyBulkheadByPolicy } = await import("../commands/current-release-apply.ts");
  const { bulkheadAppliedText } = await import("../release/release-text.ts");
  const apply = given.byPolicy === true ? applyBulkheadByPolicy : applyBulkhead;
  print(await apply(given.bulkhead, given, progress()), format, bulkheadAppliedText);
}

export async function rollbackOfBulkhead(given: BulkheadGiven, format: OutputFormat): Promise<void> {
  const { rollBackBulkhead } = await import("../commands/current-release.ts");
  const { bulkheadRolledBackText } = await import("../release/release-text.ts");
  print(await rollBackBulkhead(given, progress()), format, bulkheadRolledBackText);
}
