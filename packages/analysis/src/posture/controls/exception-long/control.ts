import { parseTime } from "@bulkhead/policy";
import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";
import { refOf } from "../../workload.ts";

const day = 86_400_000;
const longest = 90 * day;

export const exceptionLong = objectControl(kinds.exception, {
  id: "exception-long",
  title: "Exceptions end within ninety days",
  area: "namespaces",
  attack:
    "An Exception opens a rule for a workload for as long as somebody needs to do better. One that ends in years is no exception but a change of the rule, made by one person without the rest. An attacker who knows of it may count on the hole for all that time, while those who accepted it have left.",
  severity: "low",
  severityBecause: "it opens what was accepted anyway, for longer than anyone will look after it",
  frameworks: { nsa: ["authentication-authorization"], owasp: ["K04:2025"] },
  check: ({ spec }, view) => {
    const expires = parseTime(spec?.expires);
    const left = expires - view.now();
    if (Number.isNaN(left) || left <= longest) return [];
    return [{ field: "spec.expires", says: `it lifts ${spec.rule} for ${Math.round(left / day)} more days` }];
  },
  fix: (exception, breach, view) => ({
    kind: "edits",
    edits: [
      {
        op: "set",
        object: refOf(exception),
        field: breach.field,
        value: new Date(view.now() + longest).toISOString().replace(/\.\d+Z$/, "Z"),
      },
    ],
    mind: "when it ends, what it lifts is refused again unless it was renewed",
  }),
});
