import { type Command, Option } from "commander";
import type { CurrentOptions } from "../commands/current.ts";
import { exitCode } from "../exit-codes.ts";
import { documentText } from "../output/print.ts";
import { collect, examples, kubeconfigOption, rootOption } from "./options.ts";

const version = "0.1.0";
const forms = ["table", "json", "yaml", "cyclonedx"] as const;

interface Given extends CurrentOptions {
  readonly output: (typeof forms)[number];
  readonly failOn: string;
  readonly all?: boolean;
}

/** Where to look, the same for the whole and for one item. */
const where = (command: Command): Command =>
  command
    .addOption(rootOption())
    .addOption(kubeconfigOption())
    .option("--context <name>", "of the kubeconfig: any Kubernetes cluster (read-only)")
    .option(
      "--from <path>",
      "look at manifests: files, folders, - for standard input; may be given several times",
      collect,
    )
    .option("--server-version <release>", "with --from: the release they are for (1.36)")
    .option("--database <file>", "the database of advisories, instead of the instance's, or the user's")
    .option("--ask", "ask the machine's Debian mirror what it has of the parts now");

/** `bulkhead current`, `current show`. */
export function registerCurrent(program: Command): void {
  const current = where(
    program
      .command("current")
      .summary("what has grown old: known flaws, ended support, newer versions, and what was not looked up")
      .description(
        "One inventory of what could grow old: Bulkhead and the npm packages in its programs, Node, the parts, kernel and system packages, API versions that objects still use, images, certificates, keys and tokens. Each with where it was found, until when it is mended, what is known against it and whether that touches this installation, and what to do. Nothing is called current that was not looked up; of every source the age is shown. Asks no network, but for --ask.",
      ),
  )
    .option("--kind <kind>", "only this kind (part, dependency, image, …); may be given several times", collect)
    .option("--verdict <verdict>", "only this verdict; may be given several times", collect)
    .option("--name <text>", "only what has this in its name")
    .option("--all", "in the table, leave nothing out")
    .addOption(
      new Option(
        "--fail-on <verdict>",
        "exit with 1 from this on: vulnerable, unsupported, update, unknown, never",
      ).default("unsupported"),
    )
    .addOption(new Option("-o, --output <format>", "what to print").choices([...forms]).default("table"))
    .addHelpText(
      "after",
      `${examples(
        ["bulkhead current", "this machine's instance"],
        ["bulkhead current --context prod -o json", "any cluster, as far as its API tells"],
        ["helm template web ./chart | bulkhead current --from - --server-version 1.37", "API versions in manifests"],
        ["bulkhead current --kind part --kind kernel --fail-on update", "for a monitor"],
        ["bulkhead current -o cyclonedx > installation.cdx.json", "as a bill of materials with vulnerabilities"],
      )}\nExit codes: 0 nothing at or above --fail-on, 1 something is, 2 the question could not be asked.\n`,
    )
    .action(async (o: Given) => {
      const { countFrom, checkSelection } = await import("../current/select.ts");
      // What is mistyped is told before anything is looked at.
      checkSelection(o);
      countFrom({ format: 1, of: "", at: "", items: [], sources: [], unseen: [] }, o.failOn);
      const { current: look } = await import("../commands/current.ts");
      const inventory = await look(o, process.stdin);
      if (o.output === "table") {
        const { currentText } = await import("../current/current-text.ts");
        process.stdout.write(`${currentText(inventory, { all: o.all === true, now: Date.now() })}\n`);
      } else if (o.output === "cyclonedx") {
        const { currencyBom } = await import("@bulkhead/analysis");
        process.stdout.write(documentText(currencyBom(inventory, version), "json"));
      } else process.stdout.write(documentText(inventory, o.output));
      process.exitCode = countFrom(inventory, o.failOn) > 0 ? exitCode.no : exitCode.ok;
    });

  where(
    current
      .command("show")
      .summary("one item, with its evidence")
      .description(
        "Show one item with all that is known of it: every flaw with whether it touches this installation, and why.",
      )
      .argument("<item>", "its name: part/runc, or runc where that is of one kind only"),
  )
    .addOption(new Option("-o, --output <format>", "what to print").choices(["table", "json", "yaml"]).default("table"))
    .action(async (name: string, o: Given) => {
      const { currentShow } = await import("../commands/current.ts");
      const item = await currentShow(name, o, process.stdin);
      const { itemText } = await import("../current/current-text.ts");
      process.stdout.write(
        o.output === "json" || o.output === "yaml" ? documentText(item, o.output) : `${itemText(item)}\n`,
      );
      process.exitCode = item.verdict === "vulnerable" || item.verdict === "unsupported" ? exitCode.no : exitCode.ok;
    });
}
