import type { ObjectRef } from "@bulkhead/api";
import type { UnreadKind } from "../snapshot/object-set.ts";
import type { Breach, Control } from "./control.ts";

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
