import { jsonEqual, type KubeObject, type ObjectRef } from "@bulkhead/api";
import { kindKeyOf } from "../../snapshot/kinds.ts";
import type { Change } from "../../snapshot/object-set.ts";
import type { Edit } from "../control.ts";
import type { Evaluation, Finding } from "../evaluate.ts";
import { ranked } from "../rank/rank.ts";
import { refOf } from "../workload.ts";
import { applyEdits, fieldSteps } from "./edit.ts";
import { arranged, editedBy, fixOf, refKey } from "./fix-of.ts";

/** What the plan does about one finding. */
export type Planned =
  | {
      readonly kind: "fixed";
      readonly finding: Finding;
      /** Empty: what the plan does for others puts it right too. */
      readonly edits: readonly Edit[];
      readonly mind?: string;
    }
  | { readonly kind: "by-hand"; readonly finding: Finding; readonly why: string; readonly how: string }
  | {
      readonly kind: "would-break";
      readonly finding: Finding;
      readonly edits: readonly Edit[];
      /** Which behaviour, declared by the objects or observed. */
      readonly breaks: string;
    };

/** Two findings whose fixes want different things of the same place; the riskier one has its way. */
export interface PlanConflict {
  readonly finding: Finding;
  /** Whose fix it would undo, or whose field it would set otherwise. */
  readonly with: readonly Finding[];
  readonly object: ObjectRef;
  readonly says: string;
}

/** An object as it is and as it would be; absent: it is not there. */
export interface PlannedDocument {
  readonly object: ObjectRef;
  readonly before?: KubeObject;
  readonly after?: KubeObject;
}

export interface FixPlan {
  readonly planned: readonly Planned[];
  readonly conflicts: readonly PlanConflict[];
  readonly documents: readonly PlannedDocument[];
  /** What would fail only once the plan is carried out. */
  readonly appeared: readonly Finding[];
}

export interface FixPlanOptions {
  /** What edits would break that was seen at work and stands in no object; undefined: nothing that is known. */
  readonly observed?: (finding: Finding, edits: readonly Edit[]) => string | undefined;
  /** Fixes that would break something are carried out all the same. */
  readonly evenIfItBreaks?: boolean;
}

type Tree = Record<string | number, unknown>;

const placeOf = (edit: Edit): string =>
  edit.op === "set" || edit.op === "remove" ? `${refKey(edit.object)}\n${edit.field}` : refKey(editedBy(edit));
const wants = (edit: Edit): string =>
  JSON.stringify(edit.op === "set" ? edit.value : edit.op === "create" ? edit.create : edit.op);

/**
 * What would be done about findings, the riskiest first: each fix is worked out with those before it in place, carried
 * out in the snapshot and looked at. What does not put its finding right, or undoes another, is not in the plan. At the
 * end the snapshot is as it was.
 */
export function fixPlan(evaluation: Evaluation, findings: readonly Finding[], options: FixPlanOptions = {}): FixPlan {
  return new Planning(evaluation, options).run(findings);
}

class Planning {
  readonly #evaluation: Evaluation;
  readonly #options: FixPlanOptions;
  /** As the objects were before the plan. */
  readonly #originals = new Map<string, Change>();
  readonly #planned: Planned[] = [];
  readonly #conflicts: PlanConflict[] = [];
  readonly #settled = new Map<string, { readonly wants: string; readonly finding: Finding }>();
  readonly #fixed = new Map<string, Finding>();
  readonly #known: ReadonlySet<string>;

  constructor(evaluation: Evaluation, options: FixPlanOptions) {
    this.#evaluation = evaluation;
    this.#options = options;
    this.#known = new Set(evaluation.findings().flatMap(({ id, outcome }) => (outcome === "fail" ? [id] : [])));
  }

  run(findings: readonly Finding[]): FixPlan {
    const evaluation = this.#evaluation;
    const order = findings
      .filter(({ outcome }) => outcome !== "accepted")
      .map((finding) => ranked(evaluation, finding))
      .sort((a, b) => b.risk - a.risk || (a.finding.id < b.finding.id ? -1 : 1));
    try {
      for (const { finding } of order) this.#planned.push(this.#plan(finding));
      const appeared = evaluation.findings().filter(({ id, outcome }) => outcome === "fail" && !this.#known.has(id));
      return { planned: this.#planned, conflicts: this.#conflicts, documents: this.#documents(), appeared };
    } finally {
      evaluation.apply([...this.#originals.values()]);
    }
  }

  #plan(asked: Finding): Planned {
    if (asked.outcome !== "fail")
      return {
        kind: "by-hand",
        finding: asked,
        why: asked.why ?? "it is not known whether it is wrong",
        how: "let it be read, and look again",
      };
    const finding = this.#evaluation.finding(asked.id);
    if (finding?.outcome !== "fail") {
      this.#fixed.set(asked.id, asked);
      return { kind: "fixed", finding: asked, edits: [] };
    }
    const fix = fixOf(this.#evaluation, finding);
    if (fix.kind === "by-hand") return { kind: "by-hand", finding: asked, why: fix.why, how: fix.how };
    const edits = arranged(fix.edits);
    const breaks = fix.breaks ?? this.#options.observed?.(finding, edits);
    if (breaks !== undefined && this.#options.evenIfItBreaks !== true)
      return { kind: "would-break", finding: asked, edits, breaks };
    return this.#carryOut(asked, edits, fix.mind);
  }

  /** Makes the edits, and takes them back where they do not do what they are for. */
  #carryOut(finding: Finding, edits: readonly Edit[], mind: string | undefined): Planned {
    const evaluation = this.#evaluation;
    const conflict = this.#conflicting(finding, edits);
    if (conflict !== undefined) {
      this.#conflicts.push(conflict);
      return { kind: "by-hand", finding, why: conflict.says, how: "decide which of the two holds, and set it by hand" };
    }
    const changes = applyEdits(evaluation.objects, edits);
    const before = changes.map((change) => this.#asItIs(change));
    evaluation.apply(changes);
    const undone = [...this.#fixed.values()].filter(({ id }) => evaluation.finding(id)?.outcome === "fail");
    const remains = evaluation.finding(finding.id)?.outcome === "fail";
    if (undone.length > 0 || remains) {
      evaluation.apply(before.toReversed());
      if (remains)
        return {
          kind: "by-hand",
          finding,
          why: "the edits that the control knows do not put it right here",
          how: `read what ${finding.control.id} asks for and change the object by hand`,
        };
      const says = `it would bring back ${undone.map(({ control }) => control.id).join(", ")}`;
      this.#conflicts.push({ finding, with: undone, object: finding.object, says });
      return { kind: "by-hand", finding, why: says, how: "decide which of the two holds, and set it by hand" };
    }
    for (const change of before) {
      const key = `${change.kind}\n${change.namespace}\n${change.name}`;
      if (!this.#originals.has(key)) this.#originals.set(key, change);
    }
    for (const edit of edits) this.#settled.set(placeOf(edit), { wants: wants(edit), finding });
    this.#fixed.set(finding.id, finding);
    return { kind: "fixed", finding, edits, ...(mind === undefined ? {} : { mind }) };
  }

  /** Whether the plan has set one of these fields otherwise already. Places in lists mean what they mean only once. */
  #conflicting(finding: Finding, edits: readonly Edit[]): PlanConflict | undefined {
    for (const edit of edits) {
      const known = this.#settled.get(placeOf(edit));
      if (known === undefined || known.wants === wants(edit) || edit.op === "remove" || edit.op === "delete") continue;
      if (edit.op === "set" && extendsList(this.#valueAt(edit), edit.value)) continue;
      const object = editedBy(edit);
      const says = `${known.finding.control.id} sets the same field of ${object.kind} ${object.name} otherwise`;
      return { finding, with: [known.finding], object, says };
    }
    return undefined;
  }

  #valueAt({ object, field }: Extract<Edit, { op: "set" }>): unknown {
    const found = this.#evaluation.objects.get(
      { key: kindKeyOf(object), namespaced: true },
      object.namespace ?? "",
      object.name,
    );
    return fieldSteps(field).reduce<unknown>(
      (value, step) => (typeof value === "object" && value !== null ? (value as Tree)[step] : undefined),
      found,
    );
  }

  #asItIs({ kind, namespace, name }: Change): Change {
    const object = this.#evaluation.objects.get({ key: kind, namespaced: true }, namespace, name);
    return { kind, namespace, name, ...(object === undefined ? {} : { object }) };
  }

  #documents(): PlannedDocument[] {
    return [...this.#originals.values()].flatMap((original) => {
      const { object: before } = original;
      const { object: after } = this.#asItIs(original);
      const one = after ?? before;
      if (one === undefined) return [];
      return [
        { object: refOf(one), ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) },
      ];
    });
  }
}

/** Whether a list holds all that it held, and more: two fixes that each add something to it do not contradict. */
const extendsList = (before: unknown, after: unknown): boolean =>
  Array.isArray(before) && Array.isArray(after) && before.every((one) => after.some((other) => jsonEqual(one, other)));
