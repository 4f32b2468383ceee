import { levelLabel, podSecurityPolicy } from "@bulkhead/policy";
import { systemNamespaces } from "../../../deciders/policy-rules.ts";
import { podSecurityBreaches } from "../../../deciders/workloads.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";
import { refOf, workloadsIn } from "../../workload.ts";

const label = levelLabel("enforce");

export const namespacePodSecurity = objectControl(kinds.namespace, {
  id: "namespace-pod-security",
  title: "Every namespace enforces a Pod Security level",
  area: "namespaces",
  attack:
    "The Pod Security level of a namespace decides what its pods may ask of the node. At level privileged, which is also what a missing label means in Kubernetes, whoever may create a pod there mounts the node's disk or joins its process space. The right to deploy in one namespace is then the right over the node and all that runs on it.",
  severity: "high",
  severityBecause: "the right to create a pod here is root on a node, unless another engine refuses it",
  frameworks: {
    nsa: ["pod-security"],
    cis: ["5.2.1"],
    attack: ["T1610", "T1611"],
    owasp: ["K04:2025"],
    nist: ["4.4.3"],
    pci: ["2.2.1"],
  },
  check: ({ metadata }, view) => {
    if (systemNamespaces.has(metadata.name ?? "")) return "not-applicable";
    const { enforce } = podSecurityPolicy(metadata.labels, view.settings.podSecurityDefault);
    if (enforce.level !== "privileged") return [];
    const says =
      metadata.labels?.[label] === undefined
        ? "the namespace has no level, and the cluster's default is privileged"
        : "the namespace lets pods ask for everything";
    return [{ field: `metadata.labels["${label}"]`, says, passing: "restricted" }];
  },
  fix: (namespace, breach, view) => {
    const workloads = workloadsIn(view, namespace.metadata.name ?? "");
    const refused = (level: "baseline" | "restricted") =>
      workloads.filter((workload) => podSecurityBreaches(workload, level, view.settings.defaults).decision === "deny");
    const level = refused("restricted").length === 0 ? "restricted" : "baseline";
    const breaks = level === "restricted" ? [] : refused("baseline");
    return {
      kind: "edits",
      edits: [{ op: "set", object: refOf(namespace), field: breach.field, value: level }],
      ...(breaks.length === 0
        ? {}
        : {
            breaks: `pods of ${breaks
              .slice(0, 3)
              .map(({ ref }) => `${ref.kind.toLowerCase()}/${ref.name}`)
              .join(", ")} would not be admitted any more`,
          }),
      mind: `it holds for new pods; those that run stay${level === "baseline" && breaks.length === 0 ? ", and some of them break the level restricted" : ""}`,
    };
  },
});
