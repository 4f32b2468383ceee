import type { Command } from "commander";
import type { Look } from "../commands/posture.ts";
import type { Fixes } from "../commands/posture-fix.ts";
import { CommandFailure, exitCode } from "../exit-codes.ts";
import type { Cluster } from "../instance/cluster.ts";
import { documentText, harmless, paint } from "../output/print.ts";
import { examples } from "./options.ts";
import { checked, type Given, narrowing, output, where } from "./posture-options.ts";
import { tellProblems } from "./where-to-look.ts";

interface FixGiven extends Given {
  readonly apply?: boolean;
  readonly gitPatch?: boolean;
  readonly yes?: boolean;
  readonly soak?: string;
  readonly evenIfItBreaks?: boolean;
}

/** `posture fix`: the plan, and putting it in. */
export function registerFix(posture: Command): void {
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
        tellProblems(seen);
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
