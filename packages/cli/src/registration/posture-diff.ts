import type { Command } from "commander";
import { CommandFailure } from "../exit-codes.ts";
import { documentText } from "../output/print.ts";
import { examples } from "./options.ts";
import { checked, codes, failOnOption, type Given, looked, narrowing, output, where } from "./posture-options.ts";

/** `posture diff`: what came and went since a baseline, or what came since a time. */
export function registerDiff(posture: Command): void {
  output(narrowing(where(posture.command("diff"))), ["table", "json", "yaml"])
    .addOption(failOnOption())
    .requiredOption(
      "--since <file or time>",
      "a baseline or a former -o json; or a time: 7d, 24h, 2026-12-01T00:00:00Z",
    )
    .summary("what is new, worse and gone since a baseline; or what appeared since a time, and who changed it")
    .description(
      "Since a file of --write-baseline, or a former -o json: what is new, what is graver, what is gone, and what nobody can say any more. Since a time, of a cluster whose posture controller writes Reports: what appeared, the gravest first; on the instance of this machine, as root, also who wrote the object last before that, from the audit log.",
    )
    .addHelpText(
      "after",
      `${examples(
        ["bulkhead posture diff --since posture.json", "what came and went since that file was written"],
        ["sudo bulkhead posture diff --since 24h", "what appeared since yesterday, and by whom"],
      )}${codes}`,
    )
    .action(async (_: object, command: Command) => {
      const o = command.optsWithGlobals<Given & { readonly since: string }>();
      const { diffText, sinceOf } = await import("../posture/diff-text.ts");
      const since = sinceOf(o.since, Date.now());
      if ("file" in since) return looked({ ...o, baseline: since.file }, async (seen) => diffText(seen));
      await lookedSince(o, since.time);
    });
}

async function lookedSince(o: Given & { readonly since: string }, since: number): Promise<void> {
  if (o.from !== undefined)
    throw new CommandFailure(`--since ${o.since}: manifests do not say since when; name a file of --write-baseline`);
  const { look, postureExit } = await import("../commands/posture.ts");
  const { appearedSince } = await import("../posture/appeared.ts");
  const { appearedJson, appearedText } = await import("../posture/appeared-text.ts");
  await look(await checked(o), process.stdin, async (seen, cluster) => {
    if (cluster === undefined) return;
    const appeared = await appearedSince(seen, cluster, since);
    const text =
      o.output === "json" || o.output === "yaml"
        ? documentText(appearedJson(seen, appeared), o.output)
        : `${appearedText(seen, appeared)}\n`;
    process.stdout.write(text);
    process.exitCode = postureExit({ ...seen, counting: appeared.counting });
  });
}
