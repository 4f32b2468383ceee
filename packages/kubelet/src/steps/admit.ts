import type { Pod } from "@bulkhead/api";
import {
  type UnsupportedField,
  unsupportedCapabilities,
  unsupportedFields,
  wantsHostPorts,
} from "../config/unsupported.ts";
import type { PodMemory } from "../plan/steps.ts";
import { podName } from "../pod/model.ts";
import type { NodeVerdict } from "../ports.ts";
import { rfc3339 } from "../status/facts.ts";
import { type Executor, podOf, type Tools } from "./tools.ts";

/** Ports of the host come from a CNI plugin of their own; without it they would be ignored in silence. */
async function unsupportedPorts(tools: Tools, pod: Pod): Promise<readonly UnsupportedField[]> {
  if (!wantsHostPorts(pod)) return [];
  const { info } = await tools.cri.call("Status", { verbose: true });
  if (/"type":\s*"portmap"/i.test(info["cniconfig"] ?? "")) return [];
  const says = "this node's network gives pods no ports of the host: publish a Service of type NodePort instead";
  return [{ field: "spec.containers[*].ports[*].hostPort", says }];
}

export const admit: Executor<"admit"> = async (tools, { key }, context) => {
  const pod = podOf(context);
  const { capabilities } = tools.settings;
  const [cannot] = [
    ...unsupportedFields(pod),
    ...(capabilities === undefined ? [] : unsupportedCapabilities(pod, capabilities)),
    ...(await unsupportedPorts(tools, pod)),
  ];
  if (cannot !== undefined) {
    const message = `Pod was rejected: ${cannot.field}: ${cannot.says}`;
    tools.events.event(pod, "Warning", "Unsupported", message);
    return { admission: { state: "refused", key, reason: "Unsupported", message, at: tools.now() } };
  }
  const verdict = await tools.admit(pod, { nodeName: tools.settings.nodeName, now: rfc3339(tools.now()) });
  switch (verdict.decision) {
    case "allow":
    case "warn":
      return { admission: { state: "allowed", key } };
    case "deny":
      return refuse(tools, pod, key, verdict);
  }
};

/** A verdict as status, event and our log tell it: the deciding reason, and how many more there are. */
export function reasonOf([because, ...more]: NodeVerdict["because"]): string {
  const says = because?.says ?? "the node's policy does not allow it";
  const field = because?.field === undefined ? "" : `${because.field}: `;
  const passing = because?.passing === undefined ? "" : `; would pass: ${because.passing}`;
  const remedy = because?.command === undefined ? "" : ` To allow it: ${because.command}`;
  const others = more.length === 0 ? "" : ` (and ${more.length} more)`;
  return `${field}${says.replace(/\.$/, "")}${passing}${others}.${remedy}`;
}

function refuse(tools: Tools, pod: Pod, key: string, verdict: NodeVerdict): Partial<PodMemory> {
  const [because] = verdict.because;
  const message = `Pod was rejected: ${reasonOf(verdict.because)}`;
  tools.events.event(pod, "Warning", "NodePolicy", message);
  tools.log.warn({ pod: podName(pod), rule: because?.rule, field: because?.field }, "pod refused by the node's policy");
  return { admission: { state: "refused", key, reason: "NodePolicy", message, at: tools.now() } };
}
