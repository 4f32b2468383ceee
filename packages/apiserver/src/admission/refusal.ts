import { forbidden, StatusError } from "@bulkhead/api";
import type { Because } from "@bulkhead/policy";

/** One reason as a line: what, the value that would pass, and the command that would allow it. */
export const reasonLine = ({ says, field, passing, command }: Because): string =>
  [
    field === undefined ? says : `${field}: ${says}`,
    passing === undefined ? undefined : `would pass: ${passing}`,
    command === undefined ? undefined : `to allow it for a while: ${command}`,
  ]
    .filter((part) => part !== undefined)
    .join("; ");

/** 403 that says what was broken, field by field, and the door: a value that passes and a command, filled in. */
export function refusalWithDoor(
  group: string,
  resource: string,
  name: string,
  says: string,
  because: readonly Because[],
): StatusError {
  const lines = because.map(reasonLine);
  const refused = forbidden(group, resource, name, `${says}\n${lines.map((line) => `  - ${line}`).join("\n")}`);
  return new StatusError({
    reason: "Forbidden",
    message: refused.message,
    details: {
      ...refused.details,
      causes: because.map(({ field, rule, says: message }) => ({
        ...(rule === undefined ? {} : { reason: rule }),
        message,
        ...(field === undefined ? {} : { field }),
      })),
    },
  });
}
