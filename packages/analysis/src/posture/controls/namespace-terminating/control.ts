import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";

const hour = 3_600_000;

export const namespaceTerminating = objectControl(kinds.namespace, {
  id: "namespace-terminating",
  title: "Deleted namespaces go away",
  area: "namespaces",
  attack:
    "A namespace that is being deleted loses its objects one by one, in no order that anyone chose. One that hangs keeps what has a finalizer, often pods and Secrets, while its network policies and quotas may be gone already (CVE-2024-7598). What is left runs on unguarded in a place that everyone believes empty.",
  severity: "low",
  severityBecause: "only leftovers run there and nothing new can be created, though without their guards",
  frameworks: { nsa: ["network-separation"], owasp: ["K07:2025"] },
  check: ({ metadata, status }, view) => {
    const { deletionTimestamp } = metadata;
    if (deletionTimestamp === undefined || view.now() - Date.parse(deletionTimestamp) < hour) return [];
    const reason = (status?.conditions ?? []).find(
      ({ type, status: is }) => /Remaining|Failure/.test(type) && is === "True",
    );
    return [
      {
        field: "metadata.deletionTimestamp",
        says: `it is being deleted since ${deletionTimestamp}${reason?.message === undefined ? "" : `: ${reason.message.replace(/\.$/, "")}`}`,
      },
    ];
  },
  fix: ({ metadata }) => ({
    kind: "by-hand",
    why: "what its finalizers wait for lies outside of the objects: a controller that is gone, an API that does not answer",
    how: `see what is left (kubectl api-resources --verbs=list --namespaced -o name | xargs -n1 kubectl get -n ${metadata.name}), bring its controller back, or clean up what it stood for and remove the finalizer`,
  }),
});
