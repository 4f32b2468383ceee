import { type Command, Option } from "commander";
import type { Look, PostureOptions } from "../commands/posture.ts";
import type { Fixes } from "../commands/posture-fix.ts";
import { CommandFailure, exitCode } from "../exit-codes.ts";
import type { Cluster } from "../instance/cluster.ts";
import { documentText, harmless, paint } from "../output/print.ts";
import { version } from "../output/version.ts";
import { collect, examples, kubeconfigOption, rootOption } from "./options.ts";

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
    .option("-n, --namespace <name>", "only what is there; with --from also where objects go that name none")
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

/** `posture diff`: what came and went since a baseline, or what came since a time. */
function registerDiff(posture: Command): void {
  output(narrowing(where(posture.command("diff"))), ["table", "json", "yaml"])
    .addOption(failOnOption())
    .requiredOption(
      "--since <file or time>",
      "a baseline or a former -o json; or a time: 7d, 24h, 2026-12-01T00:00:00Z",
    )
    .summary("what is new, worse and gone since a baseline; or what appeared since a time, and who changed it")
    .description(
      "Since a file of --write-baseline, or a former -o json: what is new, what is graver, what is gone, and what nobody can say any more. Since a time, of a cluster whose posture controller writes Reports: what appeared, the gravest first; on the instance of this machine, as root, also who wrote the object last before that, from the audit log.",
    )
    .addHelpText(
      "after",
      `${examples(
        ["bulkhead posture diff --since posture.json", "what came and went since that file was written"],
        ["sudo bulkhead posture diff --since 24h", "what appeared since yesterday, and by whom"],
      )}${codes}`,
    )
    .action(async (_: object, command: Command) => {
      const o = command.optsWithGlobals<Given & { readonly since: string }>();
      const { diffText, sinceOf } = await import("../posture/diff-text.ts");
      const since = sinceOf(o.since, Date.now());
      if ("file" in since) return looked({ ...o, baseline: since.file }, async (seen) => diffText(seen));
      await lookedSince(o, since.time);
    });
}

async function lookedSince(o: Given & { readonly since: string }, since: number): Promise<void> {
  if (o.from !== undefined)
    throw new CommandFailure(`--since ${o.since}: manifests do not say since when; name a file of --write-baseline`);
  const { look, postureExit } = await import("../commands/posture.ts");
  const { appearedSince } = await import("../posture/appeared.ts");
  const { appearedJson, appearedText } = await import("../posture/appeared-text.ts");
  await look(await checked(o), process.stdin, async (seen, cluster) => {
    if (cluster === undefined) return;
    const appeared = await appearedSince(seen, cluster, since);
    const text =
      o.output === "json" || o.output === "yaml"
        ? documentText(appearedJson(seen, appeared), o.output)
        : `${appearedText(seen, appeared)}\n`;
    process.stdout.write(text);
    process.exitCode = postureExit({ ...seen, counting: appeared.counting });
  });
}

interface FixGiven extends Given {
  readonly apply?: boolean;
  readonly gitPatch?: boolean;
  readonly yes?: boolean;
  readonly soak?: string;
  readonly evenIfItBreaks?: boolean;
}

function registerFix(posture: Command): void {
  output(narrowing(where(posture.command("fix"))), ["table", "json", "yaml"])
    .summary("what can be mended: a plan as a diff; --apply puts it in and takes back what hurts")
    .description(
      "Plan how findings are put right and show it as a diff: each finding is fixed, left to a person (why, and how), or left out since it would break something. Nothing is changed without --apply, which writes one object after the other by server-side apply (field manager bulkhead-posture), watches the rollout and how all stays, looks again, and takes back what hurt. What Helm, Flux or Argo CD own is left to them.",
    )
    .argument("[finding or control...]", "without one: all that fails, as narrowed by -n, --area, …")
    .option("--apply", "put it into the cluster, after asking")
    .option("--yes", "with --apply: do not ask")
    .option("--soak <seconds>", "with --apply: how long all must stay well after each object (default: 30)")
    .option("--git-patch", "with --from: print a patch of the manifests, comments and layout kept")
    .option("--even-if-it-breaks", "take in what would break something, too")
    .addHelpText(
      "after",
      `${examples(
        ["bulkhead posture fix -n shop", "the plan for a namespace; nothing is changed"],
        ["bulkhead posture fix workload-privileged --apply", "put it in, watched"],
        ["bulkhead posture fix --from k8s/ --git-patch | git apply", "mend manifests where they are kept"],
      )}\nExit codes: 0 shown, or all put in; 1 something was taken back or could not be put in, or the patch lacks something; 2 it could not be asked.\n`,
    )
    .action(async (words: string[], _: object, command: Command) => {
      const o = command.optsWithGlobals<FixGiven>();
      if (o.gitPatch === true && o.from === undefined)
        throw new CommandFailure("--git-patch needs --from: where the manifests lie");
      if (o.apply === true && o.from !== undefined)
        throw new CommandFailure("--apply is for a cluster: of manifests, --git-patch makes a patch");
      const soak = Number(o.soak ?? "30");
      if (!Number.isFinite(soak) || soak < 0 || soak > 3600)
        throw new CommandFailure(`--soak ${o.soak ?? ""}: seconds, at most 3600`);
      const { look } = await import("../commands/posture.ts");
      const { planned } = await import("../commands/posture-fix.ts");
      await look(await checked(o), process.stdin, async (seen, cluster) => {
        for (const { file, line, says } of seen.problems)
          process.stderr.write(`${paint("red", "bulkhead:")} ${harmless(`${file}:${line}: ${says}`)}\n`);
        if (seen.problems.length > 0) process.exitCode = exitCode.usage;
        const fixes = planned(seen, words, o.evenIfItBreaks === true);
        if (o.gitPatch === true) return patched(seen, fixes);
        if (o.output === "json" || o.output === "yaml") {
          const { planJson } = await import("../posture/plan-json.ts");
          process.stdout.write(documentText(planJson(fixes), o.output));
        } else process.stdout.write(`${(await import("../posture/fix-text.ts")).planText(fixes)}\n`);
        if (o.apply === true && cluster !== undefined) await applied(seen, fixes, cluster, { ...o, soak: soak * 1000 });
      });
    });
}

async function patched(seen: Look, fixes: Fixes): Promise<void> {
  const { manifestPatch } = await import("../posture/fix/manifest-patch.ts");
  const { patch, missing, made } = await manifestPatch(fixes.plan.documents, seen.places);
  process.stdout.write(patch);
  for (const path of made) process.stderr.write(harmless(`new file ${path}: name it wherever files are listed\n`));
  for (const { object, why } of missing) process.stderr.write(harmless(`not in the patch: ${object}: ${why}\n`));
  const left = fixes.plan.planned.filter(({ kind }) => kind !== "fixed");
  for (const each of left)
    process.stderr.write(
      harmless(
        `${each.kind === "by-hand" ? "by hand" : "would break"}: ${each.finding.id}: ${each.kind === "by-hand" ? `${each.why}; ${each.how}` : each.kind === "would-break" ? each.breaks : ""}\n`,
      ),
    );
  if (missing.length > 0) process.exitCode = exitCode.no;
}

async function applied(
  seen: Look,
  fixes: Fixes,
  cluster: Cluster,
  o: { readonly soak: number; readonly yes?: boolean },
): Promise<void> {
  const objects = fixes.plan.documents.length;
  if (objects === 0) return;
  if (o.yes !== true && !(await confirmed(`\nPut this into ${seen.of}?`))) {
    process.stderr.write("nothing was changed\n");
    return;
  }
  const { carriedOut } = await import("../commands/posture-fix.ts");
  const { resultLine } = await import("../posture/fix-text.ts");
  const stop = new AbortController();
  const onInterrupt = (): void => stop.abort();
  process.once("SIGINT", onInterrupt);
  process.once("SIGTERM", onInterrupt);
  const options = {
    soak: o.soak,
    patience: 120_000,
    signal: stop.signal,
    told: (text: string) => void process.stderr.write(paint("dim", `  ${harmless(text)}\n`)),
  };
  const results = await carriedOut(seen, fixes, cluster, options, (result) => {
    process.stdout.write(`${resultLine(result)}\n`);
  });
  if (results.some(({ is }) => is !== "kept")) process.exitCode = exitCode.no;
}

/** Asks on the terminal; without one, whoever calls has to say --yes. */
async function confirmed(question: string): Promise<boolean> {
  if (process.stdin.isTTY !== true) throw new CommandFailure("nobody is there to ask: say --yes");
  const { createInterface } = await import("node:readline/promises");
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await asking.question(`${question} [y/N] `)).trim());
  } finally {
    asking.close();
  }
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
