import type { Control } from "../control.ts";
import { networkDefaultDenyEgress } from "./network-default-deny-egress/control.ts";
import { networkDefaultDenyIngress } from "./network-default-deny-ingress/control.ts";
import { networkDnsAny } from "./network-dns-any/control.ts";
import { networkEgressAny } from "./network-egress-any/control.ts";
import { networkIngressAnyAddress } from "./network-ingress-any-address/control.ts";
import { networkIngressFromAll } from "./network-ingress-from-all/control.ts";
import { networkMetadata } from "./network-metadata/control.ts";

export const networkControls: readonly Control[] = [
  networkDefaultDenyEgress,
  networkDefaultDenyIngress,
  networkDnsAny,
  networkEgressAny,
  networkIngressAnyAddress,
  networkIngressFromAll,
  networkMetadata,
];
