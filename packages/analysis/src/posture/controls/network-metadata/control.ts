import type { NetworkPolicyPeer } from "@bulkhead/api";
import { allPorts, policyAlone, policyLetsReach } from "../../../deciders/policy-rules.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";
import { refOf } from "../../workload.ts";

const metadata = "169.254.169.254";

export const networkMetadata = objectControl(kinds.networkPolicy, {
  id: "network-metadata",
  title: "Policies keep pods from the cloud's metadata service",
  area: "network",
  attack:
    "Clouds answer at 169.254.169.254 with the credentials of the machine that asks, without a password. An attacker in a pod, or one who makes a web application fetch an address of his choice, asks there for the node's role. With it he acts in the cloud account as the node: pulls images, reads disks and buckets, joins machines.",
  severity: "high",
  severityBecause:
    "one request from a pod, even through a flaw that only fetches an address, yields the node's cloud identity",
  frameworks: {
    nsa: ["network-separation"],
    attack: ["T1528"],
    owasp: ["K08:2025", "K05:2025"],
    nist: ["4.4.2"],
    pci: ["1.3.2"],
  },
  check: (policy, view) => {
    const { decision, because } = policyLetsReach(policy, view, metadata, 80);
    const [reason] = because;
    if (decision !== "allow" || reason?.field === undefined) return [];
    const entry = policyAlone(policy).entries.find(({ origin }) => origin.field === reason.field);
    // A rule for every port is another control's.
    if (entry === undefined || allPorts(entry)) return [];
    return [
      {
        field: reason.field,
        key: "metadata",
        says: `the rule lets pods ask ${metadata} on port 80, where a cloud gives out the node's credentials`,
        because: [reason],
      },
    ];
  },
  fix: (policy, breach) => {
    const [, rule = "0", peer] = /^spec\.egress\[(\d+)\](?:\.to\[(\d+)\])?$/.exec(breach.field) ?? [];
    const block = peer === undefined ? undefined : policy.spec?.egress?.[Number(rule)]?.to?.[Number(peer)]?.ipBlock;
    const everywhere: NetworkPolicyPeer[] = [
      { namespaceSelector: {} },
      { ipBlock: { cidr: "0.0.0.0/0", except: [`${metadata}/32`] } },
      { ipBlock: { cidr: "::/0" } },
    ];
    return {
      kind: "edits",
      edits: [
        block === undefined
          ? { op: "set", object: refOf(policy), field: `spec.egress[${rule}].to`, value: everywhere }
          : {
              op: "set",
              object: refOf(policy),
              field: `${breach.field}.ipBlock.except`,
              value: [...(block.except ?? []), `${metadata}/32`],
            },
      ],
      mind: "a workload that takes its cloud identity from the metadata service stops working; give it one of its own",
    };
  },
});
