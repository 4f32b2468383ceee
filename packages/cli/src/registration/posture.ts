import { type Command, Option } from "commander";
import type { Look, PostureOptions } from "../commands/posture.ts";
import { CommandFailure, exitCode } from "../exit-codes.ts";
import { documentText, harmless, paint } from "../output/print.ts";
import { collect, examples, kubeconfigOption, rootOption } from "./options.ts";

const version = "0.1.0";
const forms = ["table", "wide", "json", "yaml", "sarif", "junit", "oscal"] as const;
type Form = (typeof forms)[number];

interface Given extends PostureOptions {
  readonly output?: Form;
  readonly controls?: string;
}

const failOnOption = (): Option =>
  new Option(
    "--fail-on <severity>",
    "exit with 1 from this severity on: critical, high, medium, low, never (default: high)",
  );

/** Where to look, the same for every command of posture. */
const where = (command: Command): Command =>
  command
    .option(
      "--from <path>",
      "look at manifests, not at a cluster: files, folders, - for standard input; may be given several times",
      collect,
    )
    .addOption(rootOption())
    .addOption(kubeconfigOption())
    .option("--context <name>", "of the kubeconfig: any Kubernetes cluster (read-only)")
    .addOption(new Option("--defaults <mode>", "with --from: whose defaults").choices(["bulkhead", "kubernetes"]))
    .option("--updates", "of an instance here: also ask apt which security updates wait (some seconds)")
    .option("--controls <folder>", "an organisation's own controls, beside ours");

const output = (command: Command, choices: readonly string[] = forms): Command =>
  command.addOption(new Option("-o, --output <format>", "what to print (default: table)").choices([...choices]));

const judging = (command: Command): Command =>
  command
    .addOption(failOnOption())
    .option("--baseline <file>", "only what is new since then counts: a file of --write-baseline, or a former -o json")
    .option("--write-baseline <file>", "write down what fails, with the reasons that the file has already");

const narrowing = (command: Command): Command =>
  command
    .option("--area <area>", "only this area: workloads, identities, network, secrets, images, …")
    .option("--severity <severity>", "only this and graver")
    .option("-n, --namespace <name>", "only what is there")
    .option("--control <control>", "only this control")
    .option("--object <kind/name>", "only this object: deployment/web");

const codes =
  "\nExit codes: 0 nothing counts; 1 something at or above --fail-on does, or a control failed; 2 the question could not be asked, or not all could be read as it was named.\n";

/** `--fail-on` as given: a mistyped one would otherwise let everything by. */
async function checked(o: Given): Promise<Given> {
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
async function looked(o: Given, text: (look: Look) => Promise<string>): Promise<void> {
  const { look, postureExit } = await import("../commands/posture.ts");
  const { writePostureBaseline } = await import("../posture/baseline-file.ts");
  await look(await checked(o), process.stdin, async (seen) => {
    for (const { file, line, says } of seen.problems)
      process.stderr.write(`${paint("red", "bulkhead:")} ${harmless(`${file}:${line}: ${says}`)}\n`);
    process.stdout.write(`${await written(seen, o.output ?? "table", () => text(seen))}\n`);
    process.exitCode = postureExit(seen);
    if (o.writeBaseline === undefined) return;
    const n = await writePostureBaseline(o.writeBaseline, seen.of, seen.at, seen.report.findings, seen.compared);
    process.stderr.write(`${o.writeBaseline}: ${n} findings written down\n`);
    process.exitCode = seen.problems.length > 0 ? exitCode.usage : exitCode.ok;
  });
}

/** `bulkhead posture`, and what is below it. */
export function registerPosture(program: Command): void {
  const posture = program
    .command("posture")
    .summary("what is wrong, what to do first, what nobody could say; of a cluster or of manifests")
    .description(
      "Hold every control against every object: of the instance, of any Kubernetes cluster (--kubeconfig, --context), or of manifests that no cluster has seen (--from). What could not be read is not known, with the reason, and never passes.",
    )
    .argument("[word]", "a control or a finding, as with show")
    .enablePositionalOptions();
  output(judging(narrowing(where(posture))))
    .addHelpText(
      "after",
      `${examples(
        ["bulkhead posture", "one screen: what to do first, what fails, what is not known, what is accepted"],
        ["bulkhead posture list --severity high -n shop", "every finding of a namespace, high and critical"],
        ["bulkhead posture show workload-privileged", "a control, where it fails, and how that is mended"],
        ["bulkhead posture --context prod --kubeconfig ~/.kube/config", "any Kubernetes cluster, read-only"],
        [
          "helm template web ./chart | bulkhead posture list --from - -o sarif > posture.sarif",
          "in a pipeline, before anything is applied",
        ],
        [
          "bulkhead posture --write-baseline posture.json && bulkhead posture --baseline posture.json",
          "from now on, only what is new fails",
        ],
      )}${codes}`,
    )
    .action(async (word: string | undefined, o: Given) => {
      if (word !== undefined) return showWord(word, o);
      await looked(o, async (seen) => {
        const { screenText } = await import("../posture/screen-text.ts");
        const { bestOf } = await import("../posture/best.ts");
        return screenText(seen, bestOf(seen), Date.now());
      });
    });

  output(judging(narrowing(where(posture.command("list")))))
    .summary("every finding, the gravest first")
    .description("List every finding, a line each: failing, not known, accepted. -o wide adds field, file and line.")
    .addHelpText(
      "after",
      `${examples(
        ["bulkhead posture list --control workload-privileged -o wide", "where exactly"],
        ["bulkhead posture list --from k8s/ -o junit > posture.xml", "as CI systems take it"],
      )}${codes}`,
    )
    .action((_: object, command: Command) => {
      const o = command.optsWithGlobals<Given>();
      return looked(o, async (seen) => (await import("../posture/list-text.ts")).listText(seen, o.output === "wide"));
    });

  output(narrowing(where(posture.command("show"))), ["table", "json", "yaml"])
    .summary("one control or finding: what it is about, where it stands, how it is mended")
    .argument("<finding or control>", "a control (workload-privileged), or a finding as list -o json names it")
    .addHelpText("after", "\nExit codes: 0 shown, 2 there is no such finding or control.\n")
    .action((word: string, _: object, command: Command) => showWord(word, command.optsWithGlobals<Given>()));
}

async function showWord(word: string, o: Given): Promise<void> {
  const form = o.output ?? "table";
  if (form !== "table" && form !== "json" && form !== "yaml")
    throw new CommandFailure(`-o ${form} goes with a list: bulkhead posture list --control ${word} -o ${form}`);
  const { look } = await import("../commands/posture.ts");
  const { shown } = await import("../commands/posture-show.ts");
  await look(await checked(o), process.stdin, async (seen) => {
    const one = shown(seen, word);
    if (form === "table") {
      const { showText } = await import("../posture/show-text.ts");
      process.stdout.write(`${showText(one)}\n`);
      return;
    }
    const { cardOf } = await import("../posture/card-text.ts");
    process.stdout.write(documentText({ ...one, card: cardOf(one.card) }, form));
  });
}
