import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";

const web: ReadonlySet<number> = new Set([80, 443, 8080, 8443]);
/** How the clouds' controllers are told that an address is for the private network. */
const internal = /internal|private|load-balancer-type|scheme|intranet/i;

const isInternal = (annotations: Readonly<Record<string, string>> | undefined): boolean =>
  Object.entries(annotations ?? {}).some(
    ([name, value]) => internal.test(name) && /^(true|internal|private|intranet|0\.0\.0\.0\/0)$/i.test(value),
  );

const everyone = (ranges: readonly string[]): boolean =>
  ranges.length === 0 || ranges.some((range) => /\/[01]$/.test(range));

export const networkLoadBalancerOpen = objectControl(kinds.service, {
  id: "network-load-balancer-open",
  title: "Load balancers open no other than web ports to every address",
  area: "network",
  attack:
    "A Service of type LoadBalancer gives its pods an address of the internet. Without loadBalancerSourceRanges every scanner of the world reaches its databases, message brokers or remote shells within the hour. They try leaked passwords and known flaws there, and need only one to work.",
  severity: "high",
  severityBecause: "a service that was not made for strangers is offered to the whole internet",
  frameworks: {
    nsa: ["network-separation"],
    attack: ["T1133", "T1190"],
    owasp: ["K06:2025"],
    nist: ["4.4.2"],
    pci: ["1.3.1"],
  },
  check: ({ metadata, spec }) => {
    if (spec?.type !== "LoadBalancer") return [];
    const ports = (spec.ports ?? []).filter(({ port }) => !web.has(port));
    const ranges = spec.loadBalancerSourceRanges ?? [];
    if (ports.length === 0 || isInternal(metadata.annotations) || !everyone(ranges)) return [];
    return [
      {
        field: "spec.loadBalancerSourceRanges",
        says: `every address may reach port ${ports.map(({ port }) => port).join(", ")}`,
      },
    ];
  },
  fix: () => ({
    kind: "by-hand",
    why: "from which addresses it is meant to be reached cannot be seen from the object",
    how: "list those blocks in spec.loadBalancerSourceRanges, or make it type ClusterIP if only pods use it",
  }),
});
