import { describe, expect, test } from "vitest";
import type { NetworkPolicy } from "../generated/types.ts";
import { networkPolicyRow } from "./network-policy.ts";

type Spec = NonNullable<NetworkPolicy["spec"]>;

function makePolicy(spec: Partial<Spec> = {}): NetworkPolicy {
  const policy: NetworkPolicy = {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "p", namespace: "n", generation: 1 },
    spec: { podSelector: {}, ...spec },
  };
  networkPolicyRow.defaults(policy);
  return policy;
}

const causes = (spec: Partial<Spec>, old?: NetworkPolicy): string[] => {
  const policy = makePolicy(spec);
  const errors =
    old === undefined ? networkPolicyRow.validateCreate(policy) : networkPolicyRow.validateUpdate(policy, old);
  return errors.map(({ field, message }) => `${field}: ${message}`);
};

const fromBlock = (cidr: string, ...except: string[]): Partial<Spec> => ({
  ingress: [{ from: [{ ipBlock: { cidr, ...(except.length === 0 ? {} : { except }) } }] }],
});

test("a policy is for both directions where it says anything of egress", () => {
  expect(makePolicy().spec?.policyTypes).toEqual(["Ingress"]);
  expect(makePolicy({ egress: [{}] }).spec?.policyTypes).toEqual(["Ingress", "Egress"]);
  expect(makePolicy({ policyTypes: ["Egress"] }).spec?.policyTypes).toEqual(["Egress"]);
});

describe("ports", () => {
  const port = (parts: object): string[] => causes({ ingress: [{ ports: [parts] }] });

  test("are TCP unless said", () => {
    expect(makePolicy({ ingress: [{ ports: [{ port: 80 }] }] }).spec?.ingress?.[0]?.ports).toEqual([
      { port: 80, protocol: "TCP" },
    ]);
    expect(port({ port: 80, protocol: "ICMP" }).join()).toContain('Unsupported value: "ICMP"');
  });

  test("are ranges of numbers, not of names", () => {
    expect(port({ port: 80, endPort: 90 })).toEqual([]);
    expect(port({ port: 80, endPort: 79 }).join()).toContain("must be greater than or equal to `port`");
    expect(port({ port: "http", endPort: 90 }).join()).toContain("may not be specified when `port` is non-numeric");
    expect(port({ endPort: 90 }).join()).toContain("may not be specified when `port` is not specified");
  });
});

describe("peers", () => {
  test("are pods, namespaces, or a block of addresses", () => {
    const peer = (parts: object): string[] => causes({ ingress: [{ from: [parts] }] });
    expect(peer({ podSelector: {}, namespaceSelector: {} })).toEqual([]);
    expect(peer({})).toEqual(["spec.ingress[0].from[0]: Required value: must specify a peer"]);
    expect(peer({ podSelector: {}, ipBlock: { cidr: "10.0.0.0/8" } })).toEqual([
      "spec.ingress[0].from[0]: Forbidden: may not specify both ipBlock and another peer",
    ]);
  });

  test("outside a block are inside it", () => {
    expect(causes(fromBlock("10.0.0.0/8", "10.1.0.0/16"))).toEqual([]);
    for (const except of ["11.0.0.0/16", "10.0.0.0/8", "0.0.0.0/0", "2001:db8::/32"]) {
      expect(causes(fromBlock("10.0.0.0/8", except)).join()).toContain("must be a strict subset of `cidr`");
    }
  });

  test("a block that stands already may stay, whatever rules came since", () => {
    const old = makePolicy(fromBlock("10.0.0.1/8"));
    expect(causes(fromBlock("10.0.0.1/8"))).not.toEqual([]);
    expect(causes(fromBlock("10.0.0.1/8"), old)).toEqual([]);
    expect(causes(fromBlock("10.0.0.2/8"), old)).not.toEqual([]);
  });
});
