import type { Settings } from "@bulkhead/analysis";
import { hostAddresses, localServices, networkFacts } from "@bulkhead/network";
import type { Topology } from "../prepare/topology.ts";

/** What the deciders want to know of this instance, for the posture controller: the same as `bulkhead why` goes by. */
export function postureSettings({ config, layout }: Topology): Settings {
  const { defaults, registryPort } = config;
  return {
    defaults,
    podSecurityDefault: defaults === "kubernetes" ? "privileged" : "restricted",
    network:
      layout === undefined
        ? { nodeIps: [], closed: [] }
        : { ...networkFacts(layout, hostAddresses(), defaults), served: localServices(layout, registryPort) },
  };
}
