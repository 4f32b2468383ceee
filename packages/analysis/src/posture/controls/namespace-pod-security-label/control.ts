import { levelLabel, podSecurityLabelErrors, podSecurityModes } from "@bulkhead/policy";
import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";
import { refOf } from "../../workload.ts";

export const namespacePodSecurityLabel = objectControl(kinds.namespace, {
  id: "namespace-pod-security-label",
  title: "Pod Security labels say something that is understood",
  area: "namespaces",
  attack:
    "A Pod Security label with a mistyped value does not stop anyone from reading it as meant. A misspelled level for warnings or audit counts as privileged and is silent for ever; a misspelled version counts as the latest. The team believes that it would be warned before it tightens a namespace, and is not.",
  severity: "low",
  severityBecause: "a mistyped enforce level fails closed, and the others only warn and record",
  frameworks: { nsa: ["pod-security"], owasp: ["K04:2025"] },
  check: ({ metadata }) =>
    podSecurityLabelErrors(metadata.labels).map(({ field }) => {
      const name = /\[(.+)\]$/.exec(field)?.[1] ?? "";
      return {
        field: `metadata.labels["${name}"]`,
        key: name,
        says: `label ${name} has the value ${metadata.labels?.[name]}, which means nothing`,
      };
    }),
  fix: (namespace, breach) => {
    const name = breach.key ?? "";
    const level = podSecurityModes.some((mode) => levelLabel(mode) === name);
    return {
      kind: "edits",
      edits: [{ op: "set", object: refOf(namespace), field: breach.field, value: level ? "restricted" : "latest" }],
      mind:
        level && name.endsWith("enforce")
          ? "restricted is how the mistyped level is read today"
          : "restricted warns of and records the most; it refuses nothing",
    };
  },
});
