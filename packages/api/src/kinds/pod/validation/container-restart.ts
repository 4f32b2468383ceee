import * as field from "../../../field.ts";
import type { FieldError } from "../../../field-error.ts";
import type { Container } from "../../../generated/types.ts";
import { oneOfErrors } from "../../name-fields.ts";

const policies = ["Always", "Never", "OnFailure"];
const maxRules = 20;
const maxExitCodes = 255;

/** A container's own restart policy and its rules by exit code. */
export function checkContainerRestart(
  errors: FieldError[],
  path: string,
  container: Container,
  actions: readonly string[],
): void {
  const { restartPolicy, restartPolicyRules = [] } = container;
  if (restartPolicy === undefined) {
    if (restartPolicyRules.length > 0) {
      errors.push(field.required(`${path}.restartPolicy`, "must specify restartPolicy when restart rules are used"));
    }
  } else errors.push(...oneOfErrors(`${path}.restartPolicy`, restartPolicy, policies));
  const at = `${path}.restartPolicyRules`;
  if (restartPolicyRules.length > maxRules) errors.push(field.tooMany(at, restartPolicyRules.length, maxRules));
  for (const [index, { action, exitCodes }] of restartPolicyRules.entries()) {
    const rule = field.index(at, index);
    errors.push(...oneOfErrors(`${rule}.action`, action, actions));
    if (exitCodes === undefined) {
      errors.push(field.required(`${rule}.exitCodes`, "must be specified"));
      continue;
    }
    errors.push(...oneOfErrors(`${rule}.exitCodes.operator`, exitCodes.operator, ["In", "NotIn"]));
    const values = exitCodes.values ?? [];
    if (values.length > maxExitCodes)
      errors.push(field.tooMany(`${rule}.exitCodes.values`, values.length, maxExitCodes));
  }
}

/** Restarting all containers at once is off by default upstream. */
export const restartActions = ["Restart"];
