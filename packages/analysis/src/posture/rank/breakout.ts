import { podSecurityBreaches } from "../../deciders/workloads.ts";
import type { Workload } from "../workload.ts";
import { type Factor, factor } from "./factor.ts";

const wholeNode = 2.5;
const partOfNode = 1.5;

/** Capabilities that amount to the node. */
const almighty: ReadonlySet<string> = new Set([
  "ALL",
  "SYS_ADMIN",
  "SYS_MODULE",
  "SYS_PTRACE",
  "SYS_RAWIO",
  "DAC_READ_SEARCH",
  "BPF",
]);

/** Rules of the Pod Security Standards whose breach opens the node, and what it opens. */
const rules: Readonly<Record<string, readonly [times: number, opens: string]>> = {
  privileged: [wholeNode, "a privileged container is the node's root"],
  windowsHostProcess: [wholeNode, "a host process is the node's administrator"],
  hostPathVolumes: [partOfNode, "files of the node are mounted"],
  hostNamespaces: [partOfNode, "namespaces of the node are shared"],
  capabilities_baseline: [partOfNode, "capabilities beyond the usual ones are held"],
  seccompProfile_baseline: [partOfNode, "no system call is filtered"],
  procMount: [partOfNode, "the kernel's files are not hidden"],
};

/** What someone who runs code in a workload's containers holds of the node. */
export function breakout(workload: Workload): Factor {
  const broken = new Set(podSecurityBreaches(workload, "baseline").because.map(({ rule }) => rule ?? ""));
  const opens = [...broken].flatMap((rule) => {
    const known = rules[rule];
    if (known === undefined) return [];
    const [times, says] = known;
    return [{ times: amountsToNode(rule, workload) ? wholeNode : times, says }];
  });
  if (opens.length === 0) return factor("breakout", 1, "nothing of the node is open to it");
  const times = Math.max(...opens.map((open) => open.times));
  return factor("breakout", times, opens.map(({ says }) => says).join(", "), [workload.ref]);
}

function amountsToNode(rule: string, { spec, containers }: Workload): boolean {
  if (rule === "hostNamespaces") return spec.hostPID === true;
  if (rule === "hostPathVolumes")
    return (spec.volumes ?? []).some(({ hostPath }) =>
      /^\/+(?:$|etc\b|root\b|proc\b|dev\b|var\/(?:lib|run)\b|run\b|boot\b|usr\b)/.test(hostPath?.path ?? "-"),
    );
  if (rule === "capabilities_baseline")
    return containers.some(({ container }) =>
      (container.securityContext?.capabilities?.add ?? []).some((name) => almighty.has(name.replace(/^CAP_/, ""))),
    );
  return false;
}
