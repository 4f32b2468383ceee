import type { AuditMatch } from "@bulkhead/audit";
import type { Command } from "commander";
import type { FilterWords } from "../audit/filter.ts";
import { CommandFailure, exitCode, NoInstanceFailure } from "../exit-codes.ts";
import { rootToMake } from "../instance/usual-root.ts";
import { jsonLine, outputFormat, print } from "../output/print.ts";
import { collect, examples, outputOption, rootOption } from "./options.ts";

interface Given extends FilterWords {
  readonly root?: string;
  readonly database?: string;
  readonly output?: string;
}

const whole = (flag: string, text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new CommandFailure(`${flag} ${text}: a whole number from 1 on`);
  return value;
};

/** A copy's instance need not be there: then its keys are named. */
async function located<O extends Given>(o: O): Promise<O & { readonly root: string }> {
  const { findInstance } = await import("../instance/find-instance.ts");
  const found = await findInstance(o.root).catch((error: unknown) => {
    if (error instanceof NoInstanceFailure && o.database !== undefined) return undefined;
    throw error;
  });
  return { ...o, root: found?.paths.root ?? rootToMake(o.root) };
}

const filtered = (command: Command): Command =>
  command
    .option("--user <name>", "by this user, impersonated or not")
    .option("--verb <verb>", "get, create, delete, …; may be given several times", collect)
    .option("--resource <plural>", "pods, secrets, pods/exec")
    .option("-n, --namespace <name>", "in this namespace")
    .option("--name <name>", "of this object")
    .option("--code <code>", "answered so: 403, or 4xx for all of them")
    .option("--since <when>", "15m, 2h, 3d, or a time")
    .option("--until <when>", "as --since")
    .option("--contains <text>", "anywhere in the record");

const placed = (command: Command): Command =>
  command
    .addOption(rootOption())
    .option("--database <file>", "a copy of the store's database (store.db), instead of the instance's own");

/** Records as they are found: a line each, or one JSON value a line. */
async function shower(output: string | undefined): Promise<(match: AuditMatch) => void> {
  const format = outputFormat(output);
  const { matchText } = await import("../audit/audit-text.ts");
  if (format === "text") return (match) => print(match, format, matchText);
  if (format === "yaml") return (match) => process.stdout.write("---\n") && print(match, format, matchText);
  return (match) => process.stdout.write(jsonLine(match));
}

/** `bulkhead audit verify|tail|search|checkpoint`. */
export function registerAudit(program: Command): void {
  const audit = program
    .command("audit")
    .summary("who did what, and proof that nobody changed the record since")
    .description(
      "Read and prove the audit log: every request, chained by hashes, signed at intervals, written in the same transaction as what it tells of. Reads the database itself, as root, whether the server runs or not.",
    );

  placed(audit.command("verify"))
    .summary("prove that the record is whole; names the first broken one")
    .description(
      "Read the whole chain and hold it against every signature: no record changed, taken out, put in or moved. With --anchor, also against checkpoints that were kept elsewhere, which no one on this machine could have changed.",
    )
    .option(
      "--anchor <file>",
      "a checkpoint kept elsewhere (from: audit checkpoint export); may be given several times",
      collect,
    )
    .option(
      "--key <file>",
      "public keys that may have signed, PEM, instead of the instance's own; may be given several times",
      collect,
    )
    .addOption(outputOption())
    .addHelpText(
      "after",
      `${examples(
        ["sudo bulkhead audit verify", "the instance's own"],
        [
          "bulkhead audit verify --database backup/store.db --anchor 2026-11-01.json",
          "a copy, against a checkpoint kept elsewhere",
        ],
      )}\nExit codes: 0 intact, 1 not intact, 2 it could not be read.\n`,
    )
    .action(async (o: Given & { anchor?: string[]; key?: string[] }) => {
      const format = outputFormat(o.output);
      const { verify } = await import("../commands/audit.ts");
      const { verifyText } = await import("../audit/audit-text.ts");
      const report = await verify(await located(o));
      print(report, format, verifyText);
      process.exitCode = report.verdict === "intact" ? exitCode.ok : exitCode.no;
    });

  filtered(placed(audit.command("tail")))
    .summary("the last records, and new ones as they come (-f)")
    .description(
      "Show the last records that fit; with -f, each new one as soon as it is durable. -o json writes one value a line.",
    )
    .option("-f, --follow", "go on until Ctrl-C")
    .option("--lines <number>", "how many of the last", "20")
    .addOption(outputOption())
    .addHelpText(
      "after",
      examples(
        ["sudo bulkhead audit tail -f --code 403", "what is being refused, live"],
        ["sudo bulkhead audit tail --resource secrets --verb get,list", "who read Secrets of late"],
      ),
    )
    .action(async (o: Given & { follow?: boolean; lines: string }) => {
      const show = await shower(o.output);
      const { tail } = await import("../commands/audit.ts");
      const { filterOf } = await import("../audit/filter.ts");
      const stop = new AbortController();
      for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stop.abort());
      const filter = filterOf(o, Date.now());
      const at = await located(o);
      await tail({ ...at, filter, lines: whole("--lines", o.lines), follow: o.follow === true }, show, stop.signal);
    });

  filtered(placed(audit.command("search")))
    .summary("all records that fit")
    .description(
      "Show every record that fits, oldest first. Exit code 1 where there is none. -o json writes one value a line.",
    )
    .option("--limit <number>", "stop after so many", "1000")
    .addOption(outputOption())
    .addHelpText(
      "after",
      examples(
        ["sudo bulkhead audit search --user alice --verb delete --since 3d", "what alice deleted in the last days"],
        ["sudo bulkhead audit search --resource pods/exec -o json", "every shell that was opened, for a program"],
      ),
    )
    .action(async (o: Given & { limit: string }) => {
      const show = await shower(o.output);
      const { search } = await import("../commands/audit.ts");
      const { filterOf } = await import("../audit/filter.ts");
      const filter = filterOf(o, Date.now());
      const found = await search({ ...(await located(o)), filter, limit: whole("--limit", o.limit) }, show);
      if (found === 0) {
        process.stderr.write("no record fits\n");
        process.exitCode = exitCode.no;
      }
    });

  const checkpoint = audit.command("checkpoint").summary("signed states of the chain, for keeping elsewhere");
  checkpoint
    .command("export")
    .summary("write the newest signed checkpoint to standard output")
    .description(
      "Write the newest signed checkpoint, with the key that signed it, to standard output. Keep it elsewhere: held against it later (audit verify --anchor), nothing before it can have been changed unseen, even by root.",
    )
    .addOption(rootOption())
    .addOption(outputOption())
    .addHelpText(
      "after",
      examples([
        "sudo bulkhead audit checkpoint export | ssh elsewhere 'cat > anchors/2026-11-01.json'",
        "once a day, say",
      ]),
    )
    .action(async (o: { root?: string; output?: string }) => {
      // What is kept is for a program to read again: without -o it is that.
      const format = outputFormat(o.output ?? "json");
      const { exportCheckpoint } = await import("../commands/audit.ts");
      const { checkpointText } = await import("../audit/audit-text.ts");
      const { findInstance } = await import("../instance/find-instance.ts");
      const { paths } = await findInstance(o.root);
      print(await exportCheckpoint({ root: paths.root }), format, checkpointText);
    });
}
