import type { KubeObject, ObjectRef } from "@bulkhead/api";
import type { Reader } from "../snapshot/cell.ts";
import { Unread, type View } from "../snapshot/view.ts";
import type { Control } from "./control.ts";
import { acceptedBy } from "./exceptions.ts";
import type { Finding, Outcome } from "./finding.ts";

const none: readonly Finding[] = [];

/** A control on an object. */
export class Check implements Reader {
  readonly sources: Reader["sources"] = [];
  heldAt = 0;
  stale = false;
  readonly control: Control;
  readonly slot: Slot;
  outcome: Outcome = "not-applicable";
  findings: readonly Finding[] = none;

  constructor(control: Control, slot: Slot) {
    this.control = control;
    this.slot = slot;
  }
}

/** Whether an object that makes pods is judged itself, or what controls it. Asked once for all controls of workloads. */
export class Gate implements Reader {
  readonly sources: Reader["sources"] = [];
  heldAt = 0;
  stale = false;
  readonly slot: Slot;

  constructor(slot: Slot) {
    this.slot = slot;
  }
}

/** All that is known of one object. */
export interface Slot {
  readonly key: string;
  readonly object: KubeObject;
  /** How findings name it, and the part of their ids that says so. */
  readonly ref: ObjectRef;
  readonly id: string;
  checks: Check[];
  gate?: Gate;
  /** Controls of workloads are asked of it. */
  judged: boolean;
}

interface Judged {
  readonly outcome: Outcome;
  readonly findings: readonly Finding[];
}

const passed: Judged = { outcome: "pass", findings: none };
const elsewhere: Judged = { outcome: "not-applicable", findings: none };

/** What a control says of an object as it stands: an answer always, also where it could not look or failed. */
export function judged(control: Control, slot: Slot, view: View): Judged {
  const { object, ref } = slot;
  try {
    const breaches = control.check(object, view);
    if (breaches === "not-applicable") return elsewhere;
    if (breaches.length === 0) return passed;
    const findings = breaches.map((breach): Finding => {
      const accepted = acceptedBy(control, object, breach, view);
      return {
        id: idOf(control, slot, breach.key ?? breach.field),
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
    return { outcome, findings: [{ id: idOf(control, slot, outcome), control, object: ref, outcome, why }] };
  }
}

const idOf = (control: Control, { id }: Slot, part: string): string => `${control.id}|${id}|${part}`;
