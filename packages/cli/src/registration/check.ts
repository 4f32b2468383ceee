import type { Command } from "commander";
import { Option } from "commander";
import type { CheckOptions } from "../commands/check.ts";
import { harmless, outputFormat, paint, print } from "../output/print.ts";
import { collect, examples, kubeconfigOption, outputOption, rootOption } from "./options.ts";

/** `bulkhead check`. */
export function registerCheck(program: Command): void {
  program
    .command("check")
    .summary("judge manifests before they are applied, by all that would decide about them")
    .description(
      "Judge manifests before they are applied: by their kind's schema and rules, by pod security, image trust and the node's own policy, as the cluster stands now, or as a new one would (--offline). Every broken rule at once, with its line, the value that would pass and the command that would allow it. Nothing is written.",
    )
    .argument(
      "<file...>",
      "files, folders (with those below), or - for standard input; YAML or JSON, any number of objects",
    )
    .addOption(rootOption())
    .addOption(kubeconfigOption())
    .option("-n, --namespace <name>", "for objects that name none")
    .option("--offline", "ask no cluster: judge by the defaults that a new one has")
    .addOption(new Option("--defaults <mode>", "with --offline: whose defaults").choices(["bulkhead", "kubernetes"]))
    .option("--trust <registry/path>", "with --offline: images from here may run; may be given several times", collect)
    .addOption(outputOption())
    .addHelpText(
      "after",
      `${examples(
        ["bulkhead check deploy.yaml", "one file, against the cluster as it is"],
        ["helm template web ./chart | bulkhead check - -n shop", "what Helm would apply"],
        [
          "bulkhead check --offline --trust 'registry.example.com/shop/*' k8s/",
          "a folder, in a pipeline that reaches no cluster",
        ],
      )}\nExit codes: 0 nothing would be refused, 1 something would, 2 something could not be read.\n`,
    )
    .action(async (files: string[], o: CheckOptions & { output?: string }) => {
      const format = outputFormat(o.output);
      const { check, checkExit } = await import("../commands/check.ts");
      const { checkText } = await import("../check/check-text.ts");
      const report = await check(files, o, process.stdin);
      for (const { file, line, says } of report.problems)
        process.stderr.write(`${paint("red", "bulkhead:")} ${harmless(`${file}:${line}: ${says}`)}\n`);
      print(report, format, checkText);
      process.exitCode = checkExit(report);
    });
}
