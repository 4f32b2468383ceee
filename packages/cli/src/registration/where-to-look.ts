import { type Command, Option } from "commander";
import type { Look } from "../commands/posture.ts";
import { harmless, paint } from "../output/print.ts";
import { collect, kubeconfigOption, rootOption } from "./options.ts";

/** Where to look, of an instance or of any cluster. */
export const whereClusters = (command: Command): Command =>
  command
    .addOption(rootOption())
    .addOption(kubeconfigOption())
    .option("--context <name>", "of the kubeconfig: any Kubernetes cluster (read-only)");

/** The same, or of manifests that no cluster has seen. */
export const whereToLook = (command: Command): Command =>
  whereClusters(
    command.option(
      "--from <path>",
      "look at manifests, not at a cluster: files, folders, - for standard input; may be given several times",
      collect,
    ),
  );

/** The same for what controls judge. */
export const whereToJudge = (command: Command): Command =>
  whereToLook(command)
    .addOption(new Option("--defaults <mode>", "with --from: whose defaults").choices(["bulkhead", "kubernetes"]))
    .option("--controls <folder>", "an organisation's own controls, beside ours");

/** What could not be read of manifests, on standard error. */
export function tellProblems({ problems }: Pick<Look, "problems">): void {
  for (const { file, line, says } of problems)
    process.stderr.write(`${paint("red", "bulkhead:")} ${harmless(`${file}:${line}: ${says}`)}\n`);
}
