import { type Command, Option } from "commander";
import type { UpdateOptions } from "../commands/update.ts";
import { CommandFailure, exitCode } from "../exit-codes.ts";
import { harmless, outputFormat, paint, print } from "../output/print.ts";
import { examples, kubeconfigOption, outputOption, rootOption } from "./options.ts";

interface Given extends UpdateOptions {
  readonly output?: string;
  readonly check?: boolean;
  readonly from?: string;
  readonly digest?: string;
}

const placed = (command: Command): Command =>
  command
    .option("-n, --namespace <name>", "the policies of this namespace")
    .addOption(rootOption())
    .addOption(kubeconfigOption());

async function patched(o: Given): Promise<void> {
  if (o.from === undefined) throw new CommandFailure("-o git-patch needs --from DIR: where the manifests lie");
  const { updatePatch } = await import("../commands/update.ts");
  const { patch, missing } = await updatePatch({ ...o, from: o.from });
  process.stdout.write(patch);
  if (patch === "" && missing.length === 0)
    process.stderr.write("nothing of Flux, Argo CD or Helm has a candidate that waits for its source\n");
  for (const one of missing)
    process.stderr.write(
      harmless(`no image line found for ${one.kind} ${one.namespace}/${one.name} (${one.container}): ${one.image}\n`),
    );
  if (missing.length > 0) process.exitCode = exitCode.no;
}

/** `bulkhead update plan|apply|history|retry`. */
export function registerUpdate(program: Command): void {
  const update = program
    .command("update")
    .summary("images that are behind: what would be updated, what waits and why, what went wrong")
    .description(
      "UpdatePolicies say which workloads follow which tags. A candidate is judged, goes out to one replica first, must stay healthy, then goes everywhere, or is taken back by itself and remembered as bad.",
    );

  placed(update.command("plan"))
    .summary("what would be updated, and why the rest is not")
    .description(
      "Show every followed container: what runs, the candidate, and the reason why it goes out or waits. With -o git-patch, the candidates of workloads that Flux, Argo CD or Helm own, as a patch to the manifests they come from.",
    )
    .option("--check", "ask the registries now, rather than show what they said last")
    .option("--from <folder>", "with -o git-patch: where the manifests lie")
    .addOption(new Option("-o, --output <format>", "json or yaml, for programs; git-patch"))
    .addHelpText(
      "after",
      `${examples(
        ["bulkhead update plan --check", "every policy, with what the registries say now"],
        [
          "bulkhead update plan -o git-patch --from ./manifests | git apply",
          "for what another tool brings to the cluster",
        ],
      )}\nExit codes: 0 shown, 1 an image line for the patch was not found, 2 it could not be asked.\n`,
    )
    .action(async (o: Given) => {
      if (o.output === "git-patch") return patched(o);
      const format = outputFormat(o.output === "table" ? undefined : o.output);
      const { updatePlan } = await import("../commands/update.ts");
      const { planText } = await import("../update/update-text.ts");
      print(await updatePlan(o), format, planText);
    });

  placed(update.command("apply"))
    .summary("approve what a policy waits for")
    .description(
      "Say yes to the candidates of a policy with approval: Required. The yes holds for those digests alone.",
    )
    .argument("<policy>", "the UpdatePolicy's name")
    .option("--digest <digest>", "only this one, or those that begin so")
    .addOption(outputOption())
    .addHelpText("after", "\nExit codes: 0 approved, 1 nothing waits for approval, 2 it could not be asked.\n")
    .action(async (name: string, o: Given) => {
      const format = outputFormat(o.output);
      const { approve } = await import("../commands/update.ts");
      print(await approve(name, o), format, ({ digests }) => `${paint("green", "✓")} approved: ${digests.join(", ")}`);
    });

  placed(update.command("history"))
    .summary("updates that ended, and digests that failed")
    .argument("[policy]", "only of this UpdatePolicy")
    .addOption(outputOption())
    .action(async (name: string | undefined, o: Given) => {
      const format = outputFormat(o.output);
      const { updateHistory } = await import("../commands/update.ts");
      const { historyText } = await import("../update/update-text.ts");
      print(await updateHistory({ ...o, ...(name === undefined ? {} : { name }) }), format, historyText);
    });

  placed(update.command("retry"))
    .summary("let a digest that failed be tried again")
    .description("Forget that digests failed under a policy. The next look at the registry may choose them again.")
    .argument("<policy>", "the UpdatePolicy's name")
    .option("--digest <digest>", "only this one, or those that begin so")
    .addOption(outputOption())
    .addHelpText("after", "\nExit codes: 0 forgotten, 1 nothing failed, 2 it could not be asked.\n")
    .action(async (name: string, o: Given) => {
      const format = outputFormat(o.output);
      const { retry } = await import("../commands/update.ts");
      const text = ({ digests }: { digests: readonly string[] }): string =>
        `${paint("green", "✓")} may be tried again: ${digests.join(", ")}`;
      print(await retry(name, o), format, text);
    });
}
