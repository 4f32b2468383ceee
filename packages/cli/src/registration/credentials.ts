import { type Command, Option } from "commander";
import type { TokenReport } from "../commands/credentials.ts";
import { outputFormat, print } from "../output/print.ts";
import { collect, examples, outputOption, rootOption } from "./options.ts";

interface Given {
  readonly root?: string;
  readonly group: string[];
  readonly hours: string;
  readonly output?: string;
}

/** `bulkhead kubeconfig` and `bulkhead token`. */
export function registerCredentials(program: Command): void {
  program
    .command("kubeconfig")
    .summary("a kubeconfig on standard output: the admin's, or a short-lived one for another user")
    .description(
      "Write a kubeconfig to standard output: the admin's, or a short-lived one for another user. It names the address on which the API listens, 127.0.0.1 where that is loopback or every address.",
    )
    .addOption(rootOption())
    .option("--user <name>", "for this user instead of the admin")
    .option("--group <name>", "a group of that user; may be given several times", collect, [])
    .option("--hours <number>", "how long it holds (with --user; default 12, at most 720)", "12")
    .option("--server <url>", "another address of the same API; one that its certificate covers")
    .addOption(new Option("-o, --output <format>", "its form").choices(["yaml", "json"]).default("yaml"))
    .addHelpText(
      "after",
      examples(
        ["sudo bulkhead kubeconfig > ~/.kube/config", "the admin's"],
        ["sudo bulkhead kubeconfig --user alice --group dev --hours 8", "alice's, for a working day"],
        [
          "sudo bulkhead kubeconfig --server https://192.0.2.7:6443",
          "for another machine (after: up --listen 0.0.0.0)",
        ],
      ),
    )
    .action(async (o: Given & { output: "yaml" | "json"; user?: string; server?: string }) => {
      const { findInstance } = await import("../instance/find-instance.ts");
      const found = await findInstance(o.root);
      const { kubeconfig } = await import("../commands/credentials.ts");
      print(await kubeconfig(found, o), o.output, () => "");
    });

  program
    .command("token")
    .description("a short-lived bearer token for a user, on standard output")
    .addOption(rootOption())
    .requiredOption("--user <name>", "the user")
    .option("--group <name>", "a group of that user; may be given several times", collect, [])
    .option("--hours <number>", "how long it holds (default 1, at most 24)", "1")
    .addOption(outputOption())
    .addHelpText(
      "after",
      examples(
        ["sudo bulkhead token --user ci --group deployers", "the bare token, for an hour"],
        ["sudo bulkhead token --user ci -o json | jq -r .expires", "with user, groups and end"],
      ),
    )
    .action(async (o: Given & { user: string }) => {
      const format = outputFormat(o.output);
      const { findInstance } = await import("../instance/find-instance.ts");
      const found = await findInstance(o.root);
      const { token } = await import("../commands/credentials.ts");
      print(await token(found, o), format, (report: TokenReport) => report.token);
    });
}
