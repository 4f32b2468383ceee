import { ruleBreaches, setterOf } from "../../../deciders/pod-security-rule.ts";
import { edited, removing } from "../../../deciders/workload-edits.ts";
import { workloadControl } from "../../control.ts";

export const workloadHostProbes = workloadControl({
  id: "workload-host-probes",
  title: "Probes and lifecycle hooks name no host",
  area: "workloads",
  attack:
    "The kubelet makes the requests of probes and hooks from the node's own network, where services trust who asks. A host in one of them turns the kubelet to any address, such as the node's loopback or the cloud's metadata service. Whoever may write a pod has the node make requests for them, past every network policy, and reads from the pod's status whether they were answered.",
  severity: "medium",
  severityBecause: "it reaches what only the node should, but tells little more than whether something answered",
  frameworks: {
    pss: ["baseline/hostProbesAndHostLifecycle"],
    nsa: ["pod-security"],
    owasp: ["K01:2025"],
    nist: ["4.4.3"],
  },
  check: (workload, view) =>
    ruleBreaches(
      workload,
      view,
      "baseline",
      "hostProbesAndHostLifecycle",
      (broken) => `${setterOf(broken)} has the kubelet send requests to a host of its choosing`,
    ).map((breach, _, all) =>
      // Several in one container are told apart by where they are in it.
      all.filter(({ key }) => key === breach.key).length < 2
        ? breach
        : { ...breach, key: `${breach.key} ${breach.field.slice(breach.field.indexOf("].") + 2)}` },
    ),
  fix: (workload, breach) =>
    edited([removing(workload, breach.field)], {
      mind: "the request goes to the pod's own address then; a program that listens on loopback alone wants an exec probe",
    }),
});
