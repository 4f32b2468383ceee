import type { ObjectRef } from "@bulkhead/api";
import { kinds } from "../../snapshot/kinds.ts";
import type { Change } from "../../snapshot/object-set.ts";
import { atOnce, inTurn, type Steps, sorting } from "../../snapshot/steps.ts";
import type { Edit } from "../control.ts";
import type { Delta, Evaluation, Finding } from "../evaluate.ts";
import { applyEdits } from "../fix/edit.ts";
import { arranged, editedBy, fixOf, refKey } from "../fix/fix-of.ts";
import { RiskLedger } from "./ledger.ts";
import { riskOf } from "./rank.ts";
import { touchedBy } from "./touched.ts";

/** One change, whatever number of findings it puts right, and what it was seen to do. */
export interface BestChange {
  readonly objects: readonly ObjectRef[];
  readonly edits: readonly Edit[];
  /** The risk of everything before and after it, with the changes before it in place. */
  readonly before: number;
  readonly after: number;
  /** What failed before and does not any more. */
  readonly gone: readonly Finding[];
  /** What would fail only then. */
  readonly appeared: readonly Finding[];
  /** What a person should know before. */
  readonly mind: readonly string[];
}

/** Findings whose fixes are edits of the same objects. */
interface Candidate {
  readonly key: string;
  readonly findings: readonly string[];
  /** How much it might remove; only for the order in which candidates are tried. */
  readonly promise: number;
}

interface Tried {
  readonly candidate: Candidate;
  readonly gain: number;
  /** After how many chosen changes it was tried. */
  readonly round: number;
}

/** How many candidates are tried at all, the most promising first. */
const tried = 32;
/** Findings that candidates are made of, the riskiest first. */
const considered = 6000;

/** Objects whose edits lower the risk of others, and which part of it they may take away. */
const widens: ReadonlyMap<string, number> = new Map([
  [kinds.networkPolicy.key, 0.5],
  [kinds.service.key, 0.5],
  [kinds.ingress.key, 0.5],
  [kinds.role.key, 0.4],
  [kinds.clusterRole.key, 0.4],
  [kinds.roleBinding.key, 0.4],
  [kinds.clusterRoleBinding.key, 0.4],
  [kinds.serviceAccount.key, 0.4],
]);

const round2 = (value: number): number => Math.round(value * 100) / 100;

/** Candidates by what they edit, the most promising first. */
function* candidatesOf(evaluation: Evaluation, ledger: RiskLedger): Steps<readonly Candidate[]> {
  const failing: { readonly finding: Finding; readonly risk: number }[] = [];
  yield* inTurn(evaluation.findings(), (finding) => {
    if (finding.outcome === "fail") failing.push({ finding, risk: riskOf(evaluation, finding) });
  });
  const risks = yield* sorting(failing, (a, b) => b.risk - a.risk || (a.finding.id < b.finding.id ? -1 : 1));
  const byNamespace = new Map<string, number>();
  yield* inTurn(ledger.objects(), ([key, risk]) => {
    const namespace = key.split("\n")[1] ?? "";
    byNamespace.set(namespace, (byNamespace.get(namespace) ?? 0) + risk);
  });
  const groups = new Map<string, { findings: string[]; promise: number }>();
  for (const { finding, risk } of risks.slice(0, considered)) {
    yield;
    const fix = fixOf(evaluation, finding);
    if (fix.kind !== "edits" || fix.breaks !== undefined || fix.edits.length === 0) continue;
    const key = [...new Set(fix.edits.map((edit) => refKey(editedBy(edit))))].toSorted().join("\n\n");
    const known = groups.get(key);
    if (known === undefined)
      groups.set(key, { findings: [finding.id], promise: risk + around(evaluation, ledger, byNamespace, fix.edits) });
    else {
      known.findings.push(finding.id);
      known.promise += risk;
    }
  }
  return [...groups]
    .map(([key, { findings, promise }]) => ({ key, findings, promise }))
    .sort((a, b) => b.promise - a.promise || (a.key < b.key ? -1 : 1));
}

/** What edits may take away from the risk of objects other than their own. */
function around(
  evaluation: Evaluation,
  ledger: RiskLedger,
  byNamespace: ReadonlyMap<string, number>,
  edits: readonly Edit[],
): number {
  let most = 0;
  for (const edit of edits) {
    const ref = editedBy(edit);
    const [kind = ""] = refKey(ref).split("\n");
    const part = widens.get(kind);
    const own = ledger.of(refKey(ref));
    if (part === undefined) {
      most = Math.max(most, own * 0.5);
      continue;
    }
    const object =
      edit.op === "create"
        ? edit.create
        : evaluation.objects.get({ key: kind, namespaced: true }, ref.namespace ?? "", ref.name);
    const touched = object === undefined ? [] : evaluation.ask((view) => touchedSafely(() => touchedBy(object, view)));
    const risk =
      touched === "all" || edit.op === "create"
        ? (byNamespace.get(ref.namespace ?? "") ?? 0)
        : touched.reduce((sum, key) => sum + ledger.of(key), 0);
    most = Math.max(most, risk * part);
  }
  return most;
}

function touchedSafely<T>(look: () => T): T | readonly [] {
  try {
    return look();
  } catch {
    return [];
  }
}

/** The edits of a candidate as the snapshot is now, for those of its findings that still fail. */
function editsOf(
  evaluation: Evaluation,
  { findings }: Candidate,
): { readonly edits: readonly Edit[]; readonly mind: readonly string[] } {
  const mind = new Set<string>();
  const edits = findings.flatMap((id) => {
    const finding = evaluation.finding(id);
    if (finding?.outcome !== "fail") return [];
    const fix = fixOf(evaluation, finding);
    if (fix.kind !== "edits" || fix.breaks !== undefined) return [];
    if (fix.mind !== undefined) mind.add(fix.mind);
    return fix.edits;
  });
  return { edits: arranged(edits), mind: [...mind] };
}

/**
 * The changes that remove most risk, each counted after those before it. Every figure is seen, not reckoned: the change
 * is made in the snapshot, everything behind it is looked at again, and at the end all is taken back.
 */
export const bestChanges = (evaluation: Evaluation, count = 5): readonly BestChange[] =>
  atOnce(tryingBestChanges(evaluation, count));

/** The same in steps; the evaluation is as it was after the last of them. */
export function* tryingBestChanges(evaluation: Evaluation, count = 5): Steps<readonly BestChange[]> {
  const ledger = yield* RiskLedger.opening(evaluation);
  const candidates = (yield* candidatesOf(evaluation, ledger)).slice(0, tried);
  const chosen: BestChange[] = [];
  const undo: Change[][] = [];

  function* take(changes: readonly Change[]): Steps<Delta> {
    const delta = yield* evaluation.applying(changes);
    ledger.take(delta);
    return delta;
  }
  const before = (changes: readonly Change[]): Change[] =>
    changes.map(({ kind, namespace, name }) => {
      const object = evaluation.objects.get({ key: kind, namespaced: true }, namespace, name);
      return { kind, namespace, name, ...(object === undefined ? {} : { object }) };
    });

  let total = yield* ledger.totalling();
  function* tryOut(candidate: Candidate): Steps<Tried> {
    const changes = applyEdits(evaluation.objects, editsOf(evaluation, candidate).edits);
    const back = before(changes);
    yield* take(changes);
    const gain = total - (yield* ledger.totalling());
    yield* take(back);
    return { candidate, gain, round: chosen.length };
  }

  try {
    let queue: Tried[] = [];
    for (const candidate of candidates) queue.push(yield* tryOut(candidate));
    while (chosen.length < count) {
      queue.sort((a, b) => b.gain - a.gain || (a.candidate.key < b.candidate.key ? -1 : 1));
      const [best] = queue;
      if (best === undefined || best.gain < 0.005) break;
      // What was tried before the last choice may remove less by now, seldom more.
      if (best.round < chosen.length) {
        queue[0] = yield* tryOut(best.candidate);
        continue;
      }
      const { edits, mind } = editsOf(evaluation, best.candidate);
      const changes = applyEdits(evaluation.objects, edits);
      undo.push(before(changes));
      const delta = yield* take(changes);
      const after = yield* ledger.totalling();
      chosen.push({
        objects: [...new Map(edits.map((edit) => [refKey(editedBy(edit)), editedBy(edit)])).values()],
        edits,
        before: round2(total),
        after: round2(after),
        gone: delta.gone.filter(({ outcome }) => outcome === "fail"),
        appeared: delta.appeared.filter(({ outcome }) => outcome === "fail"),
        mind,
      });
      total = after;
      queue = queue.slice(1);
    }
    return chosen;
  } finally {
    for (const changes of undo.toReversed()) yield* evaluation.applying(changes);
  }
}
