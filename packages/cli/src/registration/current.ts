import { type Command, Option } from "commander";
import type { CurrentOptions } from "../commands/current.ts";
import { CommandFailure, exitCode } from "../exit-codes.ts";
import { documentText, outputFormat, print } from "../output/print.ts";
import { version } from "../output/version.ts";
import {
  applyOfBulkhead,
  type BulkheadGiven,
  checkBulkhead,
  planOfBulkhead,
  registerFollow,
  rollbackOfBulkhead,
  vouchOptions,
} from "./current-bulkhead.ts";
import { collect, examples, outputOption, progress, rootOption } from "./options.ts";
import { whereToLook } from "./where-to-look.ts";

const forms = ["table", "json", "yaml", "cyclonedx"] as const;

interface Given extends CurrentOptions {
  readonly output: (typeof forms)[number];
  readonly failOn: string;
  readonly all?: boolean;
}

/** Where to look, the same for the whole and for one item. */
const where = (command: Command): Command =>
  whereToLook(command)
    .option("--server-version <release>", "with --from: the release they are for (1.36)")
    .option("--database <file>", "the database of advisories, instead of the instance's, or the user's")
    .option("--ask", "ask the machine's Debian mirror for the parts now, and a registry for Bulkhead's newest release")
    .option("--registry <url>", "with --ask: the npm registry (default https://registry.npmjs.org)")
    .option("--registry-keys <file>", "with --ask: the registry's keys (/-/npm/v1/keys), instead of asking it for them")
    .option("--trusted-root <file>", "with --ask: the Sigstore trusted root that has to vouch for the provenance")
    .option("--source <repository>", "with --ask: what a release has to be built from (https://github.com/OWNER/NAME)")
    .option("--workflow <path>", "with --ask: and by which workflow (default .github/workflows/release.yml)");

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

  registerParts(current);
}

interface PartsGiven extends BulkheadGiven {
  readonly database?: string;
  readonly reason?: string;
  readonly until?: string;
  readonly remove?: boolean;
  readonly output?: string;
}

interface ApproveGiven {
  readonly root?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly version?: string;
  readonly until?: string;
  readonly reason?: string;
  readonly output?: string;
}

/** `bulkhead current plan|apply|rollback|approve|keep|hold`. */
function registerParts(current: Command): void {
  vouchOptions(
    current
      .command("plan")
      .summary("what the machine's Debian suites have newer of the parts; of Bulkhead itself with --bulkhead")
      .description(
        "Ask the machine's Debian mirror and show what would change of the parts: from which revision to which, what it mends, what is held and until when. Exit code 1 where something would change. With --bulkhead: how Bulkhead itself stands, its way back and what that would lose; with a release, what vouches for it and what putting it in would mean.",
      )
      .option("--bulkhead [release]", "of Bulkhead itself: a file of npm run release, or a version of the registry"),
  )
    .addOption(rootOption())
    .option("--database <file>", "the database of advisories, instead of the instance's")
    .addOption(outputOption())
    .action(async (o: PartsGiven) => {
      const format = outputFormat(o.output);
      checkBulkhead(o);
      if (o.bulkhead !== undefined) return planOfBulkhead(o, format);
      const { planPartUpdates } = await import("../commands/current-parts.ts");
      const { planText } = await import("../current/parts-text.ts");
      const plan = await planPartUpdates(o);
      print(plan, format, planText);
      const { dueForPerson } = await import("../commands/current-parts.ts");
      const due = [...plan.steps, ...(plan.bulkhead === undefined ? [] : [plan.bulkhead])].some(dueForPerson);
      process.exitCode = due || plan.asked === undefined ? exitCode.no : exitCode.ok;
    });

  vouchOptions(
    current
      .command("apply")
      .summary("bring the parts up to date, or with --bulkhead Bulkhead itself, with a test before and a way back")
      .description(
        "Fetch what the plan shows into a folder beside, try it there (a throwaway containerd in a mount namespace of its own runs one container), exchange both folders in one step and have the supervisor start containerd and the registry anew. Containers run on. Where the new parts are not healthy the earlier ones come back by themselves; later, bulkhead current rollback does it. With --bulkhead: take a release of Bulkhead that somebody vouches for, try it on a copy of the database, exchange the programs by one link and have them take over while containers run on; where it is not well the earlier one comes back by itself, with the copy of the database where it cannot read it any more.",
      )
      .option("--bulkhead <release>", "Bulkhead itself: a file of npm run release, or a version of the registry")
      .addOption(new Option("--by-policy", "as CurrencyPolicies say; for current keep").hideHelp()),
  )
    .addOption(rootOption())
    .option("--database <file>", "the database of advisories, instead of the instance's")
    .addOption(outputOption())
    .action(async (o: PartsGiven) => {
      const format = outputFormat(o.output);
      checkBulkhead(o);
      if (o.bulkhead !== undefined) return applyOfBulkhead(o, format);
      const { applyPartUpdates } = await import("../commands/current-parts.ts");
      const { appliedText } = await import("../current/parts-text.ts");
      const applied = await applyPartUpdates(o, progress());
      print(applied, format, appliedText);
      if ((applied.failed ?? []).length > 0) process.exitCode = exitCode.no;
    });

  registerFollow(current);

  current
    .command("rollback")
    .summary("put the parts back that were there before the last apply; with --bulkhead the programs")
    .description(
      "Put back what was there before the last apply. With --bulkhead: Bulkhead's own programs; where those do not read the database any more, the copy made before comes back with them, which says what it would lose and wants --lose-writes.",
    )
    .option("--bulkhead", "Bulkhead itself")
    .option("--lose-writes", "with --bulkhead: go back although what was written since is lost by it")
    .addOption(rootOption())
    .addOption(outputOption())
    .action(async (o: PartsGiven) => {
      const format = outputFormat(o.output);
      if (o.bulkhead !== undefined) return rollbackOfBulkhead(o, format);
      if (o.loseWrites === true) throw new CommandFailure("--lose-writes goes with --bulkhead");
      const { rollBackParts } = await import("../commands/current-parts.ts");
      const { rolledBackText } = await import("../current/parts-text.ts");
      print(await rollBackParts(o, progress()), format, rolledBackText);
    });

  current
    .command("approve")
    .summary("say yes to one version of a part, or of Bulkhead, that a CurrencyPolicy has wait for a person")
    .description(
      "Write a CurrencyApproval: one version of one part, for a while. Who said so is written down by the API server, from the certificate or token that asks.",
    )
    .argument("<part>", "its name, as bulkhead current plan shows it; bulkhead for Bulkhead itself")
    .option("--version <version>", "the one version that is meant (default: the one that is offered)")
    .option("--until <day>", "2026-12-24, or a time from now: 7d, 2w (default 7d)")
    .option("--reason <text>", "why")
    .addOption(rootOption())
    .option("--kubeconfig <file>", "ask as the user of this kubeconfig")
    .option("--context <name>", "of the kubeconfig")
    .addOption(outputOption())
    .action(async (part: string, o: ApproveGiven) => {
      const format = outputFormat(o.output);
      const { approvePart } = await import("../commands/current-approve.ts");
      const { approvedText } = await import("../current/parts-text.ts");
      print(await approvePart(part, o), format, approvedText);
    });

  current
    .command("keep")
    .summary("one look of root's own process: what policies say is done, and what the machine is published")
    .description(
      "What the supervisor runs every ten minutes, and when advisories or parts change: ends a switch of Bulkhead's programs that was interrupted, asks the suites and the registry that root named where a CurrencyPolicy wants to know, brings parts and Bulkhead itself up to date that the decider says now to and the policy says Apply to, by the same steps as current apply, and publishes what the machine is as a MachineInventory, how it is set up as PostureFacts, and who changed what as a ChangeDigest.",
    )
    .addOption(rootOption())
    .option("--database <file>", "the database of advisories, instead of the instance's")
    .addOption(outputOption())
    .action(async (o: PartsGiven) => {
      const format = outputFormat(o.output);
      const { keepCurrent } = await import("../commands/current-keep.ts");
      const { keptText } = await import("../current/parts-text.ts");
      const kept = await keepCurrent(o, progress());
      print(kept, format, keptText);
      process.exitCode = kept.acted.some(({ outcome }) => outcome === "Failed") ? exitCode.no : exitCode.ok;
    });

  current
    .command("hold")
    .summary("keep a part as it is for a while, with a reason; without a part: what is held")
    .description(
      "Keep a part as it is until a day. What mends a known flaw, or comes from a security suite, does not wait for a hold; the plan says so.",
    )
    .argument("[part]", "its name, as bulkhead current --kind part shows it; bulkhead for Bulkhead itself")
    .option("--reason <text>", "why")
    .option("--until <day>", "2026-12-24, or a time from now: 7d, 2w")
    .option("--remove", "take the hold away")
    .addOption(rootOption())
    .addOption(outputOption())
    .action(async (part: string | undefined, o: PartsGiven) => {
      const format = outputFormat(o.output);
      const { holdPart } = await import("../commands/current-hold.ts");
      const { holdsText } = await import("../current/parts-text.ts");
      print(await holdPart(part, o), format, holdsText);
    });
}
