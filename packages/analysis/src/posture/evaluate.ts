import type { KubeObject, ObjectRef } from "@bulkhead/api";
import type { Reader } from "../snapshot/cell.ts";
import { kindKeyOf, workloadKinds } from "../snapshot/kinds.ts";
import type { Change, ObjectSet } from "../snapshot/object-set.ts";
import { atOnce, inTurn, type Steps } from "../snapshot/steps.ts";
import { Tracker } from "../snapshot/tracker.ts";
import type { Derivation, Settings, View } from "../snapshot/view.ts";
import { Check, Gate, judged, type Slot } from "./check.ts";
import type { Control, Fix } from "./control.ts";
import type { ControlTally, Delta, Finding, Outcome } from "./finding.ts";
import { refOf, workloadOf } from "./workload.ts";

export type * from "./finding.ts";

/** Findings that were touched while answers were sought again, as they stood before. */
type Turn = Map<string, Finding | undefined>;

const keyOf = (kind: string, namespace: string, name: string): string => `${kind}\n${namespace}\n${name}`;
const readable = ({ namespace = "", name }: ObjectRef): string => (namespace === "" ? name : `${namespace}/${name}`);
const ofWorkloads = (control: Control): boolean => control.kinds === workloadKinds;
const makesPods: ReadonlySet<string> = new Set(workloadKinds.map(({ key }) => key));

export interface EvaluationOptions {
  readonly objects: ObjectSet;
  readonly controls: readonly Control[];
  readonly settings: Settings;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Every control on every object of a snapshot, kept true as objects change. What takes long can be done in steps, a
 * check or a derived value each: until the last one is done nothing else may change the evaluation.
 */
export class Evaluation {
  readonly #tracker: Tracker;
  readonly #byKind = new Map<string, Control[]>();
  /** Of these, those that are asked of objects whose workload is judged above them. */
  readonly #besideWorkloads: ReadonlyMap<string, readonly Control[]>;
  readonly #controls: readonly Control[];
  readonly #slots = new Map<string, Slot>();
  readonly #byNamespace = new Map<string, Set<Slot>>();
  readonly #stale = new Set<Check | Gate>();
  readonly #findings = new Map<string, Finding>();

  /** `asked: false`: nothing is asked yet; for `making`. */
  constructor(options: EvaluationOptions, { asked = true } = {}) {
    this.#controls = options.controls;
    for (const control of options.controls)
      for (const { key } of control.kinds) this.#byKind.set(key, [...(this.#byKind.get(key) ?? []), control]);
    this.#besideWorkloads = new Map(
      [...this.#byKind].map(([key, controls]) => [key, controls.filter((control) => !ofWorkloads(control))]),
    );
    this.#tracker = new Tracker(options.objects, options.settings, options.now);
    if (asked) atOnce(this.#fill());
  }

  /** Every control on every object, a step for each. */
  static *making(options: EvaluationOptions): Steps<Evaluation> {
    const evaluation = new Evaluation(options, { asked: false });
    yield* evaluation.#fill();
    return evaluation;
  }

  *#fill(): Steps<void> {
    for (const key of this.#byKind.keys())
      for (const object of this.objects.list({ key })) yield* this.#add(object, undefined);
  }

  get objects(): ObjectSet {
    return this.#tracker.objects;
  }

  get controls(): readonly Control[] {
    return this.#controls;
  }

  /** Takes over changed objects and asks again what may have changed with them, and nothing else. */
  apply(changes: readonly Change[]): Delta {
    return atOnce(this.applying(changes));
  }

  *applying(changes: readonly Change[]): Steps<Delta> {
    const turn: Turn = new Map();
    // Of one object only what it came to in the end.
    const last = new Map(changes.map((change) => [keyOf(change.kind, change.namespace, change.name), change]));
    yield* this.#tracker.applying(last.values(), this.#told);
    for (const { kind, namespace, name, object } of last.values()) {
      if (!this.#byKind.has(kind)) continue;
      this.#remove(keyOf(kind, namespace, name), turn);
      if (object !== undefined) yield* this.#add(object, turn);
    }
    return yield* this.#again(turn);
  }

  /** What changes would do: looks at the answers with them in place, then takes them back. */
  trial<T>(changes: readonly Change[], look: (delta: Delta) => T): T {
    const before = changes.map(({ kind, namespace, name }): Change => {
      const object = this.objects.get({ key: kind, namespaced: true }, namespace, name);
      return { kind, namespace, name, ...(object === undefined ? {} : { object }) };
    });
    const delta = this.apply(changes);
    try {
      return look(delta);
    } finally {
      this.apply(before.toReversed());
    }
  }

  /** Moves the clock: what expires, expires. */
  tick(now: number): Delta {
    return atOnce(this.ticking(now));
  }

  *ticking(now: number): Steps<Delta> {
    yield* this.#tracker.ticking(now, this.#told);
    return yield* this.#again(new Map());
  }

  readonly #told = (reader: Reader): void => {
    this.#stale.add(reader as Check | Gate);
  };

  /** All that does not pass, in no order. */
  findings(): readonly Finding[] {
    return [...this.#findings.values()];
  }

  finding(id: string): Finding | undefined {
    return this.#findings.get(id);
  }

  /** How each control came out, over all objects. */
  tallies(): readonly ControlTally[] {
    return atOnce(this.tallying());
  }

  *tallying(): Steps<readonly ControlTally[]> {
    const counts = new Map(
      this.#controls.map((control) => [control, { passed: 0, failed: 0, accepted: 0, unknown: 0, errors: 0 }]),
    );
    yield* inTurn(this.#slots.values(), ({ checks }) => {
      for (const { control, outcome } of checks) {
        const count = counts.get(control);
        if (count === undefined) continue;
        if (outcome === "pass") count.passed += 1;
        else if (outcome === "fail") count.failed += 1;
        else if (outcome === "accepted") count.accepted += 1;
        else if (outcome === "unknown") count.unknown += 1;
        else if (outcome === "error") count.errors += 1;
      }
    });
    return this.#controls.map((control) => ({
      control,
      passed: 0,
      failed: 0,
      accepted: 0,
      unknown: 0,
      errors: 0,
      ...counts.get(control),
      gaps: control.kinds.flatMap(({ key }) => this.objects.unread(key) ?? []),
    }));
  }

  /** What there is of a namespace ("" for what is in none): all that does not pass, and how many checks did. */
  inNamespace(namespace: string): { readonly findings: readonly Finding[]; readonly passed: number } {
    const findings: Finding[] = [];
    let passes = 0;
    for (const { checks } of this.#byNamespace.get(namespace) ?? []) {
      for (const check of checks) {
        if (check.outcome === "pass") passes += 1;
        findings.push(...check.findings);
      }
    }
    return { findings, passed: passes };
  }

  /** How each control came out on one object; empty for an object that no control looks at. */
  outcomes(ref: ObjectRef): readonly { readonly control: Control; readonly outcome: Outcome }[] {
    const slot = this.#slots.get(keyOf(kindKeyOf(ref), ref.namespace ?? "", ref.name));
    if (slot === undefined) return [];
    const elsewhere = slot.judged ? [] : (this.#byKind.get(kindKeyOf(ref)) ?? []).filter(ofWorkloads);
    return [
      ...slot.checks.map(({ control, outcome }) => ({ control, outcome })),
      ...elsewhere.map((control) => ({ control, outcome: "not-applicable" as const })),
    ];
  }

  /** What would put a finding right, as the snapshot is now. */
  fix(finding: Finding): Fix {
    const { breach, object: ref, control } = finding;
    const object = this.objects.get({ key: kindKeyOf(ref), namespaced: true }, ref.namespace ?? "", ref.name);
    if (breach === undefined || object === undefined)
      return { kind: "by-hand", why: finding.why ?? "it is not there any more", how: "see why it is not known first" };
    return this.ask((view) => control.fix(object, breach, view));
  }

  /** Asks something of the snapshot as it is now, once. */
  ask<T>(question: (view: View) => T): T {
    const reader: Reader = { sources: [], heldAt: 0, stale: true };
    try {
      return this.#tracker.ask(reader, question);
    } finally {
      this.#tracker.forget(reader);
    }
  }

  /** Something worked out of the snapshot as it is now; kept until something that it read changes. */
  derive<T>(derivation: Derivation<T>, key = ""): T {
    return this.#tracker.peek(derivation, key);
  }

  *#add(object: KubeObject, turn: Turn | undefined): Steps<void> {
    const { namespace = "", name = "" } = object.metadata;
    const kind = kindKeyOf(object);
    const ref = refOf(object);
    const id = `${kind}|${readable(ref)}`;
    const slot: Slot = { key: keyOf(kind, namespace, name), object, ref, id, checks: [], judged: true };
    this.#slots.set(slot.key, slot);
    const beside = this.#byNamespace.get(namespace);
    if (beside === undefined) this.#byNamespace.set(namespace, new Set([slot]));
    else beside.add(slot);
    const controls = this.#byKind.get(kind) ?? [];
    if (!makesPods.has(kind)) {
      yield* this.#begin(slot, controls, turn);
      return;
    }
    slot.gate = new Gate(slot);
    slot.judged = this.#isJudged(slot.gate);
    yield* this.#begin(slot, slot.judged ? controls : (this.#besideWorkloads.get(kind) ?? []), turn);
  }

  #isJudged(gate: Gate): boolean {
    const { object } = gate.slot;
    return this.#tracker.ask(gate, (view) => workloadOf(object, view) !== undefined);
  }

  *#begin(slot: Slot, controls: readonly Control[], turn: Turn | undefined): Steps<void> {
    for (const control of controls) {
      const check = new Check(control, slot);
      slot.checks.push(check);
      this.#run(check, turn);
      yield;
    }
  }

  #end(check: Check, turn: Turn): void {
    this.#tracker.forget(check);
    this.#stale.delete(check);
    for (const { id } of check.findings) this.#set(id, undefined, turn);
  }

  #set(id: string, finding: Finding | undefined, turn: Turn | undefined): void {
    if (turn?.has(id) === false) turn.set(id, this.#findings.get(id));
    if (finding === undefined) this.#findings.delete(id);
    else this.#findings.set(id, finding);
  }

  #remove(key: string, turn: Turn): void {
    const slot = this.#slots.get(key);
    if (slot === undefined) return;
    this.#slots.delete(key);
    const namespace = slot.object.metadata.namespace ?? "";
    const beside = this.#byNamespace.get(namespace);
    beside?.delete(slot);
    if (beside?.size === 0) this.#byNamespace.delete(namespace);
    if (slot.gate !== undefined) {
      this.#tracker.forget(slot.gate);
      this.#stale.delete(slot.gate);
    }
    for (const check of slot.checks) this.#end(check, turn);
  }

  /** Who is judged may have changed: the controls of workloads begin or end there. */
  *#regate(gate: Gate, turn: Turn): Steps<void> {
    const { slot } = gate;
    const judged = this.#isJudged(gate);
    if (judged === slot.judged) return;
    slot.judged = judged;
    if (judged) {
      yield* this.#begin(slot, (this.#byKind.get(kindKeyOf(slot.object)) ?? []).filter(ofWorkloads), turn);
      return;
    }
    for (const check of slot.checks) if (ofWorkloads(check.control)) this.#end(check, turn);
    slot.checks = slot.checks.filter(({ control }) => !ofWorkloads(control));
  }

  *#again(turn: Turn): Steps<Delta> {
    const stale = [...this.#stale];
    for (const one of stale) if (one instanceof Gate && this.#tracker.mustAsk(one)) yield* this.#regate(one, turn);
    for (const one of stale) {
      if (!(one instanceof Check) || !this.#stale.has(one)) continue;
      if (this.#tracker.mustAsk(one)) this.#run(one, turn);
      yield;
    }
    this.#stale.clear();
    return this.#settle(turn);
  }

  /** A finding that went and came back as it was did neither. */
  #settle(turn: Turn): Delta {
    const appeared: Finding[] = [];
    const gone: Finding[] = [];
    for (const [id, was] of turn) {
      const is = this.#findings.get(id);
      if (is === undefined) {
        if (was !== undefined) gone.push(was);
      } else if (was?.outcome !== is.outcome || was.why !== is.why) appeared.push(is);
    }
    return { appeared, gone };
  }

  #run(check: Check, turn: Turn | undefined): void {
    for (const { id } of check.findings) this.#set(id, undefined, turn);
    const { control, slot } = check;
    const { outcome, findings } = this.#tracker.ask(check, (view) => judged(control, slot, view));
    check.outcome = outcome;
    check.findings = findings;
    for (const finding of findings) this.#set(finding.id, finding, turn);
  }
}
