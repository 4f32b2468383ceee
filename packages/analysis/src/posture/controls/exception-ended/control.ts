import { normaliseExceptions } from "@bulkhead/policy";
import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";
import { refOf } from "../../workload.ts";

export const exceptionEnded = objectControl(kinds.exception, {
  id: "exception-ended",
  title: "Every Exception still lifts something",
  area: "namespaces",
  attack:
    "An Exception that has expired or was never complete lifts nothing, but stands there as if it did. Its readers believe a risk accepted that is refused, or that a rule is known to be broken when it holds. Among many such leftovers the one that somebody slips in for himself goes unseen, and one edit of its end brings an old one back to life.",
  severity: "low",
  severityBecause: "nothing is open by it, it only hides what is",
  frameworks: { nsa: ["authentication-authorization"], owasp: ["K04:2025"] },
  check: (exception, view) =>
    normaliseExceptions([exception], view.now()).problems.map(({ field = "spec", rule = "", says }) => ({
      field,
      key: rule,
      says,
    })),
  fix: (exception, breach) => ({
    kind: "edits",
    edits: [{ op: "delete", object: refOf(exception) }],
    mind:
      breach.key === "expired"
        ? "it lifts nothing any more; make a new one with a reason of today where it is still needed"
        : "it lifts nothing as it stands; make it anew with bulkhead allow where it is needed",
  }),
});
