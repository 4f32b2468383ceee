import { type Command, Option } from "commander";
import type { Look, PostureOptions } from "../commands/posture.ts";
import { exitCode } from "../exit-codes.ts";
import { documentText } from "../output/print.ts";
import { version } from "../output/version.ts";
import { tellProblems, whereToJudge } from "./where-to-look.ts";

const forms = ["table", "wide", "json", "yaml", "sarif", "junit", "oscal"] as const;
type Form = (typeof forms)[number];

/** What every command of posture is given. */
export interface Given extends PostureOptions {
  readonly output?: Form;
  readonly controls?: string;
}

/** From which severity on a finding counts. */
export const failOnOption = (): Option =>
  new Option(
    "--fail-on <severity>",
    "exit with 1 from this severity on: critical, high, medium, low, never (default: high)",
  );

/** Where to look, the same for every command of posture. */
export const where = (command: Command): Command =>
  whereToJudge(command).option(
    "--updates",
    "of an instance here: also ask apt which security updates wait (some seconds)",
  );

/** `-o`, in these forms. */
export const output = (command: Command, choices: readonly string[] = forms): Command =>
  command.addOption(new Option("-o, --output <format>", "what to print (default: table)").choices([...choices]));

/** What counts, and beside which baseline. */
export const judging = (command: Command): Command =>
  command
    .addOption(failOnOption())
    .option("--baseline <file>", "only what is new since then counts: a file of --write-baseline, or a former -o json")
    .option("--write-baseline <file>", "write down what fails, with the reasons that the file has already");

/** What of it is shown. */
export const narrowing = (command: Command): Command =>
  command
    .option("--area <area>", "only this area: workloads, identities, network, secrets, images, …")
    .option("--severity <severity>", "only this and graver")
    .option("-n, --namespace <name>", "only what is there; with --from also where objects go that name none")
    .option("--control <control>", "only this control")
    .option("--object <kind/name>", "only this object: deployment/web");

/** For helps. */
export const codes =
  "\nExit codes: 0 nothing counts; 1 something at or above --fail-on does, or a control failed; 2 the question could not be asked, or not all could be read as it was named.\n";

/** `--fail-on` as given: a mistyped one would otherwise let everything by. */
export async function checked(o: Given): Promise<Given> {
  const { oneOf } = await import("../posture/names.ts");
  if (o.failOn !== undefined) oneOf(o.failOn, ["critical", "high", "medium", "low", "never"], "threshold");
  return o;
}

async function written(look: Look, form: Form, text: () => Promise<string>): Promise<string> {
  switch (form) {
    case "table":
    case "wide":
      return text();
    case "json":
    case "yaml":
      return documentText((await import("../posture/report-json.ts")).postureJson(look), form).trimEnd();
    case "sarif":
      return documentText((await import("../posture/sarif.ts")).postureSarif(look, version), "json").trimEnd();
    case "junit":
      return (await import("../posture/junit.ts")).postureJunit(look);
    case "oscal": {
      const { oscalResults } = await import("@bulkhead/analysis");
      const { of, at, report, evaluation } = look;
      return documentText(oscalResults(report, { of, at, version, cards: evaluation.controls }), "json").trimEnd();
    }
  }
}

/** Looks, prints, and says by its code how it stands. */
export async function looked(o: Given, text: (look: Look) => Promise<string>): Promise<void> {
  const { look, postureExit } = await import("../commands/posture.ts");
  const { writePostureBaseline } = await import("../posture/baseline-file.ts");
  await look(await checked(o), process.stdin, async (seen) => {
    tellProblems(seen);
    process.stdout.write(`${await written(seen, o.output ?? "table", () => text(seen))}\n`);
    process.exitCode = postureExit(seen);
    if (o.writeBaseline === undefined) return;
    const n = await writePostureBaseline(o.writeBaseline, seen.of, seen.at, seen.report.findings, seen.compared);
    process.stderr.write(`${o.writeBaseline}: ${n} findings written down\n`);
    process.exitCode = seen.problems.length > 0 ? exitCode.usage : exitCode.ok;
  });
}
