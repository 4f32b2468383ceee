import type { Control } from "../control.ts";
import { networkDefaultDenyEgress } from "./network-default-deny-egress/control.ts";
import { networkDefaultDenyIngress } from "./network-default-deny-ingress/control.ts";
import { networkDnsAny } from "./network-dns-any/control.ts";
import { networkEgressAny } from "./network-egress-any/control.ts";
import { networkExternalIps } from "./network-external-ips/control.ts";
import { networkExternalName } from "./network-external-name/control.ts";
import { networkIngressAnyAddress } from "./network-ingress-any-address/control.ts";
import { networkIngressBackend } from "./network-ingress-backend/control.ts";
import { networkIngressFromAll } from "./network-ingress-from-all/control.ts";
import { networkIngressHostShared } from "./network-ingress-host-shared/control.ts";
import { networkIngressSnippet } from "./network-ingress-snippet/control.ts";
import { networkIngressTls } from "./network-ingress-tls/control.ts";
import { networkIngressWildcard } from "./network-ingress-wildcard/control.ts";
import { networkLoadBalancerOpen } from "./network-load-balancer-open/control.ts";
import { networkMetadata } from "./network-metadata/control.ts";
import { networkNodePort } from "./network-node-port/control.ts";
import { networkPeerMatchesNothing } from "./network-peer-matches-nothing/control.ts";
import { networkPolicySelectsNothing } from "./network-policy-selects-nothing/control.ts";
import { networkPolicySenseless } from "./network-policy-senseless/control.ts";
import { networkPortName } from "./network-port-name/control.ts";
import { networkServiceSelectsNothing } from "./network-service-selects-nothing/control.ts";

export const networkControls: readonly Control[] = [
  networkDefaultDenyEgress,
  networkDefaultDenyIngress,
  networkDnsAny,
  networkEgressAny,
  networkExternalIps,
  networkExternalName,
  networkIngressAnyAddress,
  networkIngressBackend,
  networkIngressFromAll,
  networkIngressHostShared,
  networkIngressSnippet,
  networkIngressTls,
  networkIngressWildcard,
  networkLoadBalancerOpen,
  networkMetadata,
  networkNodePort,
  networkPeerMatchesNothing,
  networkPolicySelectsNothing,
  networkPolicySenseless,
  networkPortName,
  networkServiceSelectsNothing,
];
