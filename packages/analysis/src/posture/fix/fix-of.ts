import type { ObjectRef } from "@bulkhead/api";
import { kindKeyOf } from "../../snapshot/kinds.ts";
import { Unread } from "../../snapshot/view.ts";
import type { Edit, Fix } from "../control.ts";
import type { Evaluation, Finding } from "../evaluate.ts";
import { refOf } from "../workload.ts";
import { fieldSteps } from "./edit.ts";

/** What would put a finding right, or why nobody can say: a control that fails at its fix leaves it to a person. */
export function fixOf(evaluation: Evaluation, finding: Finding): Fix {
  try {
    return evaluation.fix(finding);
  } catch (error) {
    const why = error instanceof Unread ? error.message : `the control could not work it out: ${String(error)}`;
    return { kind: "by-hand", why, how: `read what ${finding.control.id} asks for and change the object by hand` };
  }
}

/** The object that an edit changes. */
export const editedBy = (edit: Edit): ObjectRef => (edit.op === "create" ? refOf(edit.create) : edit.object);

export const refKey = (ref: ObjectRef): string => `${kindKeyOf(ref)}\n${ref.namespace ?? ""}\n${ref.name}`;

/** Whether an edit takes an element out of a list, so that those behind it move up. */
const takesOut = (edit: Edit): readonly (string | number)[] | undefined => {
  if (edit.op !== "remove") return undefined;
  const steps = fieldSteps(edit.field);
  return typeof steps.at(-1) === "number" ? steps : undefined;
};

/**
 * Edits that were worked out side by side, in an order in which all of them mean what they meant: each once, and what
 * takes elements out of lists at the end, the last elements first.
 */
export function arranged(edits: readonly Edit[]): readonly Edit[] {
  const once = [...new Map(edits.map((edit) => [JSON.stringify(edit), edit])).values()];
  const [moving, others] = [
    once.filter((e) => takesOut(e) !== undefined),
    once.filter((e) => takesOut(e) === undefined),
  ];
  return [...others, ...moving.toSorted((a, b) => Number(takesOut(b)?.at(-1)) - Number(takesOut(a)?.at(-1)))];
}
