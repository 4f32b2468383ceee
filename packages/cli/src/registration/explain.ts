import type { Command } from "commander";
import type { ExplainOptions } from "../commands/explain.ts";
import { outputFormat, print } from "../output/print.ts";
import { examples, kubeconfigOption, outputOption, rootOption } from "./options.ts";

/** `bulkhead explain`. */
export function registerExplain(program: Command): void {
  program
    .command("explain")
    .summary("a control, a flaw or a word of the field, in plain words, and where it touches you")
    .description(
      "Explain a control (what it is against, how that is attacked, why it is rated so, which requirements it answers), a flaw (severity, whether it is exploited, which running images have it), or a term, in two sentences. Needs no cluster; where one is reached, what it means there is added.",
    )
    .argument("[control, flaw or term...]", "without one: all that there is")
    .addOption(rootOption())
    .addOption(kubeconfigOption())
    .option("--context <name>", "of the kubeconfig")
    .option("--database <file>", "the database of advisories")
    .addOption(outputOption())
    .addHelpText(
      "after",
      `${examples(
        ["bulkhead explain workload-privileged", "a control"],
        ["bulkhead explain CVE-2024-21626", "a flaw, and whether it runs here"],
        ["bulkhead explain user namespace", "a term"],
      )}\nExit codes: 0 explained, 2 there is no such word.\n`,
    )
    .action(async (words: string[], o: ExplainOptions & { output?: string }) => {
      const format = outputFormat(o.output);
      const { termNamed, termText } = await import("../posture/term-text.ts");
      const term = termNamed(words.join(" "));
      if (term !== undefined) {
        print({ is: "term" as const, term }, format, () => termText(term));
        return;
      }
      const { explainedText, everythingText } = await import("../posture/explain-text.ts");
      if (words.length === 0) {
        process.stdout.write(`${everythingText()}\n`);
        return;
      }
      const { explain } = await import("../commands/explain.ts");
      const explained = await explain(words.join(" "), o);
      print(explained, format, explainedText);
    });
}
