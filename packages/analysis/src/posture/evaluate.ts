import type { KubeObject, ObjectRef } from "@bulkhead/api";
import { kindKeyOf } from "../snapshot/kinds.ts";
import type { Change, ObjectSet, UnreadKind } from "../snapshot/object-set.ts";
import { type Reader, Tracker } from "../snapshot/tracker.ts";
import { type Settings, Unread, type View } from "../snapshot/view.ts";
import type { Breach, Control, Fix } from "./control.ts";
import { acceptedBy } from "./exceptions.ts";
import { refOf } from "./workload.ts";

/** How a control came out on one object. `error`: the control itself failed, which is never a pass. */
export type Outcome = "pass" | "fail" | "accepted" | "unknown" | "error" | "not-applicable";

/** A control that does not hold on an object, or of which that cannot be said. */
export interface Finding {
  /** Stays as long as the same thing is wrong at the same place: control, object and the breach's key or field. */
  readonly id: string;
  readonly control: Control;
  readonly object: ObjectRef;
  /** `unknown` and `error` have no breach but say why. */
  readonly outcome: "fail" | "accepted" | "unknown" | "error";
  readonly breach?: Breach;
  /** Why it is not known, or what failed. */
  readonly why?: string;
  /** The Exception that accepts it. */
  readonly acceptedBy?: ObjectRef;
}

/** How a control came out on all there is. */
export interface ControlTally {
  readonly control: Control;
  readonly passed: number;
  readonly failed: number;
  readonly accepted: number;
  readonly unknown: number;
  readonly errors: number;
  /** Kinds that it looks at and that could not be read (whole). */
  readonly gaps: readonly UnreadKind[];
}

/** What changed in the answers. */
export interface Delta {
  readonly appeared: readonly Finding[];
  readonly gone: readonly Finding[];
}

interface Check extends Reader {
  readonly control: Control;
  readonly object: KubeObject;
  readonly slot: Slot;
  outcome: Outcome;
  findings: readonly Finding[];
}

/** All that is known of one object. */
interface Slot {
  readonly key: string;
  checks: Check[];
}

const none: readonly Finding[] = [];
const keyOf = (kind: string, namespace: string, name: string): string => `${kind}\n${namespace}\n${name}`;
const readable = ({ namespace = "", name }: ObjectRef): string => (namespace === "" ? name : `${namespace}/${name}`);

/** Every control on every object of a snapshot, kept true as objects change. */
export class Evaluation {
  readonly #tracker: Tracker;
  readonly #byKind = new Map<string, Control[]>();
  readonly #controls: readonly Control[];
  readonly #slots = new Map<string, Slot>();
  readonly #stale = new Set<Check>();
  readonly #findings = new Map<string, Finding>();

  constructor(options: {
    readonly objects: ObjectSet;
    readonly controls: readonly Control[];
    readonly settings: Settings;
    /** Milliseconds since the epoch. */
    readonly now: number;
  }) {
    this.#controls = options.controls;
    for (const control of options.controls)
      for (const { key } of control.kinds) this.#byKind.set(key, [...(this.#byKind.get(key) ?? []), control]);
    this.#tracker = new Tracker(options.objects, options.settings, options.now);
    for (const key of this.#byKind.keys())
      for (const object of options.objects.list({ key })) this.#add(object, undefined, undefined);
  }

  get objects(): ObjectSet {
    return this.#tracker.objects;
  }

  get controls(): readonly Control[] {
    return this.#controls;
  }

  /** Takes over changed objects and asks again what may have changed with them, and nothing else. */
  apply(changes: readonly Change[]): Delta {
    const appeared = new Map<string, Finding>();
    const gone = new Map<string, Finding>();
    this.#tracker.apply(changes, (reader) => this.#stale.add(reader as Check));
    for (const { kind, namespace, name, object } of changes) {
      if (!this.#byKind.has(kind)) continue;
      this.#remove(keyOf(kind, namespace, name), gone);
      if (object !== undefined) this.#add(object, appeared, gone);
    }
    this.#again(appeared, gone);
    return settle(appeared, gone);
  }

  /** Moves the clock: what expires, expires. */
  tick(now: number): Delta {
    const appeared = new Map<string, Finding>();
    const gone = new Map<string, Finding>();
    this.#tracker.tick(now, (reader) => this.#stale.add(reader as Check));
    this.#again(appeared, gone);
    return settle(appeared, gone);
  }

  /** All that does not pass, in no order. */
  findings(): readonly Finding[] {
    return [...this.#findings.values()];
  }

  finding(id: string): Finding | undefined {
    return this.#findings.get(id);
  }

  tallies(): readonly ControlTally[] {
    const counts = new Map(
      this.#controls.map((control) => [control, { passed: 0, failed: 0, accepted: 0, unknown: 0, errors: 0 }]),
    );
    for (const { checks } of this.#slots.values()) {
      for (const { control, outcome } of checks) {
        const count = counts.get(control);
        if (count === undefined) continue;
        if (outcome === "pass") count.passed += 1;
        else if (outcome === "fail") count.failed += 1;
        else if (outcome === "accepted") count.accepted += 1;
        else if (outcome === "unknown") count.unknown += 1;
        else if (outcome === "error") count.errors += 1;
      }
    }
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
    for (const { key, checks } of this.#slots.values()) {
      const start = key.indexOf("\n") + 1;
      if (key.slice(start, key.indexOf("\n", start)) !== namespace) continue;
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
    return (slot?.checks ?? []).map(({ control, outcome }) => ({ control, outcome }));
  }

  /** What would put a finding right, as the snapshot is now. */
  fix(finding: Finding): Fix {
    const { breach, object: ref, control } = finding;
    const object = this.objects.get(
      { key: kindKeyOf(ref), namespaced: ref.namespace !== undefined },
      ref.namespace ?? "",
      ref.name,
    );
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

  #add(object: KubeObject, appeared: Map<string, Finding> | undefined, gone: Map<string, Finding> | undefined): void {
    const { namespace = "", name = "" } = object.metadata;
    const slot: Slot = { key: keyOf(kindKeyOf(object), namespace, name), checks: [] };
    slot.checks = (this.#byKind.get(kindKeyOf(object)) ?? []).map((control) => ({
      control,
      object,
      slot,
      sources: [],
      heldAt: 0,
      stale: true,
      outcome: "not-applicable",
      findings: none,
    }));
    this.#slots.set(slot.key, slot);
    for (const check of slot.checks) this.#run(check, appeared, gone);
  }

  #remove(key: string, gone: Map<string, Finding>): void {
    const slot = this.#slots.get(key);
    if (slot === undefined) return;
    this.#slots.delete(key);
    for (const check of slot.checks) {
      this.#tracker.forget(check);
      this.#stale.delete(check);
      for (const finding of check.findings) {
        gone.set(finding.id, finding);
        this.#findings.delete(finding.id);
      }
    }
  }

  #again(appeared: Map<string, Finding>, gone: Map<string, Finding>): void {
    const stale = [...this.#stale];
    this.#stale.clear();
    for (const check of stale) if (this.#tracker.mustAsk(check)) this.#run(check, appeared, gone);
  }

  #run(check: Check, appeared: Map<string, Finding> | undefined, gone: Map<string, Finding> | undefined): void {
    for (const finding of check.findings) {
      gone?.set(finding.id, finding);
      this.#findings.delete(finding.id);
    }
    const { outcome, findings } = this.#tracker.ask(check, (view) => judged(check.control, check.object, view));
    check.outcome = outcome;
    check.findings = findings;
    for (const finding of findings) {
      appeared?.set(finding.id, finding);
      this.#findings.set(finding.id, finding);
    }
  }
}

/** A finding that went and came back as it was did neither. */
function settle(appeared: Map<string, Finding>, gone: Map<string, Finding>): Delta {
  for (const [id, finding] of appeared) {
    const before = gone.get(id);
    if (before === undefined) continue;
    gone.delete(id);
    if (before.outcome === finding.outcome && before.why === finding.why) appeared.delete(id);
  }
  return { appeared: [...appeared.values()], gone: [...gone.values()] };
}

interface Judged {
  readonly outcome: Outcome;
  readonly findings: readonly Finding[];
}

const passed: Judged = { outcome: "pass", findings: none };
const elsewhere: Judged = { outcome: "not-applicable", findings: none };

function judged(control: Control, object: KubeObject, view: View): Judged {
  const ref = refOf(object);
  const idOf = (part: string): string => `${control.id}|${kindKeyOf(object)}|${readable(ref)}|${part}`;
  try {
    const breaches = control.check(object, view);
    if (breaches === "not-applicable") return elsewhere;
    if (breaches.length === 0) return passed;
    const findings = breaches.map((breach): Finding => {
      const accepted = acceptedBy(control, object, breach, view);
      return {
        id: idOf(breach.key ?? breach.field),
        control,
        object: ref,
        outcome: accepted === undefined ? "fail" : "accepted",
        breach,
        ...(accepted === undefined ? {} : { acceptedBy: accepted }),
      };
    });
    return { outcome: findings.some((f) => f.outcome === "fail") ? "fail" : "accepted", findings };
  } catch (error) {
    const outcome = error instanceof Unread ? "unknown" : "error";
    const why = error instanceof Error ? error.message : String(error);
    return { outcome, findings: [{ id: idOf(outcome), control, object: ref, outcome, why }] };
  }
}
