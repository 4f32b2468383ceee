import type { Command } from "commander";
import type { FollowAdvisoriesOptions } from "../advisories/follow.ts";
import type { ImportCommandOptions } from "../commands/advisories.ts";
import { exitCode } from "../exit-codes.ts";
import { harmless, outputFormat, print } from "../output/print.ts";
import { collect, examples, outputOption, rootOption } from "./options.ts";

const databaseOption = [
  "--database <file>",
  "the database of advisories, instead of the instance's, or the user's where there is no instance",
] as const;

/** `bulkhead advisories import|follow|refresh|forget|accept|reject|status`. */
export function registerAdvisories(program: Command): void {
  const advisories = program
    .command("advisories")
    .summary("what is known of vulnerabilities: where from, how much, how old")
    .description(
      "The advisories that images are matched against, kept in a database of their own. Works with no instance and no network.",
    );

  advisories
    .command("import")
    .summary("take advisories in from a folder, a file or a mirror")
    .description(
      "Take advisories in. A folder is looked through for whatever it holds, told by content: OSV (all.zip of each ecosystem, or records), Debian's security tracker, a security suite's Packages index, Alpine's secdb, Red Hat's CSAF VEX, KEV, EPSS, endoflife.date. A URL is an OSV mirror's base, of which only what changed is fetched, or one file of any of these. Each source is replaced whole or not at all; a refresh that would shrink one by a tenth or more is held until --accept.",
    )
    .argument("<folder|file|url>", "where they are")
    .option("--ecosystem <name>", "with an OSV mirror: only this one; may be given several times", collect)
    .option("--accept", "take refreshes although they shrink a source")
    .option("--plain-http", "let a mirror on another machine be asked without TLS")
    .addOption(rootOption())
    .option(...databaseOption)
    .addOption(outputOption())
    .addHelpText(
      "after",
      `${examples(
        ["bulkhead advisories import ./mirror", "whatever a folder holds, with no network"],
        [
          "bulkhead advisories import https://osv-vulnerabilities.storage.googleapis.com --ecosystem Debian --ecosystem npm",
          "from OSV, what changed since the last time",
        ],
        [
          "bulkhead advisories import /var/lib/apt/lists",
          "the security suite that this machine's own apt has fetched (uncompressed or .gz)",
        ],
      )}\nExit codes: 0 all taken in, 1 a source was held or failed, 2 there is nothing at that place.\n`,
    )
    .action(async (location: string, o: ImportCommandOptions & { output?: string }) => {
      const format = outputFormat(o.output);
      const { importCommand } = await import("../commands/advisories.ts");
      const { importText } = await import("../advisories/advisories-text.ts");
      const report = await importCommand(location, o);
      print(report, format, importText);
      if (report.sources.some(({ outcome }) => outcome !== "taken")) process.exitCode = exitCode.no;
    });

  advisories
    .command("follow")
    .summary("have a folder or mirror taken in by itself, again and again; without one: those that are")
    .description(
      "Have the instance's supervisor take advisories in from a folder, a file or a mirror, as bulkhead advisories import does by hand. A refresh that would shrink a source by a tenth or more is held as by hand; what is held or fails is told by status, and by an Event about the node. Without this no network is asked.",
    )
    .argument("[folder|file|url]", "where they are")
    .option("--every <time>", "how often: 30m, 6h, 1d (default 6h)")
    .option("--ecosystem <name>", "with an OSV mirror: only this one; may be given several times", collect)
    .option("--plain-http", "let a mirror on another machine be asked without TLS")
    .option("--remove", "look at it no more; what was taken in stays")
    .addOption(rootOption())
    .addOption(outputOption())
    .action(async (location: string | undefined, o: FollowAdvisoriesOptions & { output?: string }) => {
      const format = outputFormat(o.output);
      const { followAdvisories } = await import("../advisories/follow.ts");
      const { followedText } = await import("../advisories/advisories-text.ts");
      print(await followAdvisories(location, o), format, ({ followed }) =>
        followed.length === 0 ? "nothing is taken in by itself" : followedText(followed, Date.now()).join("\n"),
      );
    });

  advisories
    .command("refresh")
    .summary("one look at what is followed, as the supervisor has it done every ten minutes")
    .description(
      "Take in what is followed and due. Exit code 1 where one of them was held or failed. The supervisor runs this; by hand --all looks at all of them now.",
    )
    .option("--all", "those that are not due, too")
    .addOption(rootOption())
    .addOption(outputOption())
    .action(async (o: { root: string; all?: boolean; output?: string }) => {
      const format = outputFormat(o.output);
      const { refreshAdvisories } = await import("../advisories/refresh.ts");
      const report = await refreshAdvisories(o);
      print(report, format, ({ looked }) =>
        looked.length === 0
          ? "nothing is due"
          : looked
              .map(({ location, outcome, says }) => `${outcome}  ${harmless(location)}: ${harmless(says)}`)
              .join("\n"),
      );
      if (report.looked.some(({ outcome }) => outcome !== "taken")) process.exitCode = exitCode.no;
    });

  advisories
    .command("forget")
    .summary("take a source out, with all that it said")
    .argument("<source>", "its name, as status shows it")
    .addOption(rootOption())
    .option(...databaseOption)
    .action(async (name: string, o: { root: string; database?: string }) => {
      const { forgetCommand } = await import("../commands/advisories.ts");
      forgetCommand(name, o);
      process.stdout.write(
        `${name} is forgotten. Where an instance decides by it, that is held: bulkhead advisories accept\n`,
      );
    });

  for (const [decision, summary, more] of [
    ["accept", "let images be decided by a refresh that is held", "use it"],
    ["reject", "drop a refresh that is held, and go back to what is in use", "drop it"],
  ] as const)
    advisories
      .command(decision)
      .summary(summary)
      .description(
        `A refresh which would put more than a tenth of what runs newly out of policy, or shrinks a source by a tenth, is held: images are decided by what was in use before until somebody on this machine says ${decision} (${more}) with a reason. Who and why stand in the agent's log and in an Event of the Node.`,
      )
      .requiredOption("--reason <text>", "why")
      .addOption(rootOption())
      .addOption(outputOption())
      .action(async (o: { root: string; reason: string; output?: string }) => {
        const format = outputFormat(o.output);
        const { decideCommand } = await import("../commands/advisories.ts");
        const { decidedText } = await import("../advisories/refresh-text.ts");
        print(await decideCommand(decision, o), format, decidedText);
      });

  advisories
    .command("status")
    .summary("every source with its age, its count, and what could not be read")
    .description(
      "Show every source: how many records count, when it was last taken in, when its publisher last changed it, and what of it could not be read. On a machine with an instance also whether images are decided by them, or a refresh is held and why. Exit code 1 where one is stale, held or could not be refreshed, or there is none.",
    )
    .addOption(rootOption())
    .option(...databaseOption)
    .addOption(outputOption())
    .action(async (o: { root: string; database?: string; output?: string }) => {
      const format = outputFormat(o.output === "table" ? undefined : o.output);
      const { advisoriesStatus } = await import("../commands/advisories.ts");
      const { statusText } = await import("../advisories/advisories-text.ts");
      const report = await advisoriesStatus(o);
      print(report, format, statusText);
      const stale = report.sources.length === 0 || report.sources.some(({ age }) => age.stale !== undefined);
      const failed = report.followed.some(({ last }) => last !== undefined && last.outcome !== "taken");
      const bad = stale || failed || report.refresh?.held !== undefined;
      process.exitCode = bad ? exitCode.no : exitCode.ok;
    });
}
