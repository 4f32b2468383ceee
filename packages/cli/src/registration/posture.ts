import type { Command } from "commander";
import { CommandFailure, exitCode } from "../exit-codes.ts";
import { documentText, harmless, paint } from "../output/print.ts";
import { examples } from "./options.ts";
import { registerDiff } from "./posture-diff.ts";
import { registerFix } from "./posture-fix.ts";
import { checked, codes, type Given, judging, looked, narrowing, output, where } from "./posture-options.ts";

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

  registerFix(posture);
  registerTest(posture);
  registerDiff(posture);
}

/** `posture test`: an organisation's own controls against their fixtures. */
function registerTest(posture: Command): void {
  posture
    .command("test")
    .summary("hold an organisation's own controls against their fixtures")
    .description(
      "Hold each control of a folder against the files of the folder fixtures beside it: bad*.yaml must fire exactly where `# expect: CONTROL KIND NAMESPACE/NAME FIELD` says and be put right by its fix, good*.yaml and near*.yaml must hold, unknown*.yaml must not be known.",
    )
    .argument("<folder>", "where the controls lie")
    .addHelpText(
      "after",
      "\nExit codes: 0 all came out as they should, 1 one did not, 2 a control is not understood.\n",
    )
    .action(async (folder: string) => {
      const { tryControls } = await import("../posture/own-controls.ts");
      const { controls, results } = await tryControls(folder);
      for (const { name, control, says } of results)
        process.stdout.write(
          `${says.length === 0 ? paint("green", "ok  ") : paint("red", "FAIL")}  ${harmless(control)}  ${harmless(name)}\n${says.map((line) => `        ${harmless(line)}\n`).join("")}`,
        );
      const failed = results.filter(({ says }) => says.length > 0).length;
      process.stdout.write(`${controls} controls, ${results.length} fixtures, ${failed} failed\n`);
      process.exitCode = failed > 0 ? exitCode.no : exitCode.ok;
    });
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
