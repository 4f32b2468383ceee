/**
 * @bulkhead/network: the instance's own network namespace and everything in it: the packet filter that enforces
 * NetworkPolicy before a pod's first process and through every change, Services, cluster DNS, and the telling of what
 * was refused. The decider's rule set is compiled, never interpreted anew.
 */

export * from "./agent/agent.ts";
export { PodRulesError, type PodRulesErrorCode } from "./agent/birth.ts";
export type { NetworkInformers } from "./agent/informers.ts";
export { hostAddresses, localServices, networkFacts } from "./agent/node-addresses.ts";
export type { PodOnNetwork } from "./agent/pod-links.ts";
export type { Denial } from "./denials/explain.ts";
export type { Listening } from "./denials/listen.ts";
export * from "./denials/reporter.ts";
export * from "./dns/dns.ts";
export { type DnsPublisher, type DnsPublisherOptions, startDnsPublisher } from "./dns/publisher.ts";
export type { DnsServer } from "./dns/server.ts";
export * from "./namespace/choose.ts";
export * from "./namespace/cni.ts";
export * from "./namespace/ensure.ts";
export * from "./namespace/plan.ts";
export type { LocalService } from "./policy/base-table.ts";
export { CommandError, type Run, runCommand } from "./process/command.ts";
export * from "./services/relay.ts";
export type { ServicePort } from "./services/service-ports.ts";
export * from "./sockets/forward.ts";
export * from "./sockets/open-socket.ts";
