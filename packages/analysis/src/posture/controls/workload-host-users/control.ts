import { asAdmitted, needsHostUsers } from "@bulkhead/policy";
import { edited, listed, setting } from "../../../deciders/workload-edits.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import { workloadControl } from "../../control.ts";

export const workloadHostUsers = workloadControl({
  id: "workload-host-users",
  title: "Pods have users of their own",
  area: "workloads",
  attack:
    "Without a user namespace a user number means the same in the container and on the node, and root is root. An attacker who finds a way out of the container through a flaw in runtime or kernel arrives as that user. With a namespace of its own they arrive as a user that owns nothing on the node, and most such flaws come to nothing.",
  severity: "low",
  severityBecause: "it is a second wall: a flaw in runtime or kernel is needed for it to matter",
  frameworks: { nsa: ["pod-security"], attack: ["T1611"], owasp: ["K01:2025"], nist: ["4.4.3", "4.5.2"] },
  check: ({ spec, prefix }, view) => {
    // What cannot have one is told by the controls over host namespaces, paths and privilege.
    if (spec.os?.name === "windows" || (spec.hostUsers !== true && needsHostUsers(spec))) return "not-applicable";
    if (asAdmitted(spec, view.settings.defaults).hostUsers === false) return [];
    return [
      {
        field: `${prefix}spec.hostUsers`,
        says: "its users are the node's users, so that root in it is root on the node once outside",
        passing: "false",
      },
    ];
  },
  fix: (workload, breach, view) => {
    const { spec } = workload;
    if (needsHostUsers(spec))
      return {
        kind: "by-hand",
        why: "the API server refuses a user namespace beside host namespaces, and privilege or host paths make little sense in one",
        how: "take away what of the node it uses first, then set hostUsers: false",
      };
    const nfs = (spec.volumes ?? []).filter((volume) => volume.nfs !== undefined).map(({ name }) => name);
    const without = view.knows(kinds.nodeFacts)
      ? view.list(kinds.nodeFacts).filter(({ facts }) => facts.userNamespaces?.value === false)
      : [];
    const breaks = [
      ...(nfs.length === 0 ? [] : [`volume ${listed(nfs)} is NFS, which cannot be mounted with mapped users`]),
      ...(without.length === 0
        ? []
        : [`node ${listed(without.map(({ metadata }) => metadata.name ?? ""))} offers no user namespaces`]),
    ];
    return edited([setting(workload, breach.field, false)], {
      ...(breaks.length === 0 ? {} : { breaks: breaks.join("; ") }),
      mind: "it wants Linux 6.3 or newer and volumes whose file systems can map users; files keep the owners that they have",
    });
  },
});
