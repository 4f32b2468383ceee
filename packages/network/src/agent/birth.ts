import type { Log } from "@bulkhead/api";
import { type Client, resources } from "@bulkhead/client";
import type { Run } from "../process/command.ts";
import type { NetworkInformers } from "./informers.ts";
import type { PodOnNetwork } from "./pod-links.ts";
import type { PolicyView } from "./policy-view.ts";

export type PodRulesErrorCode = "no-address" | "no-link" | "unknown-pod";

/** Why a pod's rules cannot be made; it must not start. */
export class PodRulesError extends Error {
  readonly code: PodRulesErrorCode;
  constructor(code: PodRulesErrorCode, message: string) {
    super(message);
    this.name = "PodRulesError";
    this.code = code;
  }
}

export interface BirthOptions {
  readonly client: Client;
  readonly informers: NetworkInformers;
  readonly view: PolicyView;
  readonly netns: string;
  readonly run: Run;
  readonly log: Log;
  readonly now: () => number;
}

/** A pod this old is known to every informer, and so are the policies that came before it. */
const settledMs = 60_000;
/** How long the pods' informer may lag behind the kubelet's. */
const informerLagMs = 5_000;

async function podKnown(pod: PodOnNetwork, informers: NetworkInformers): Promise<void> {
  const known = (): boolean =>
    informers.pods.get({ namespace: pod.namespace, name: pod.name })?.metadata.uid === pod.uid;
  for (const end = Date.now() + informerLagMs; !known(); ) {
    if (Date.now() > end) {
      throw new PodRulesError("unknown-pod", `pod ${pod.namespace}/${pod.name}: the API does not know uid ${pod.uid}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function linkOf(pod: PodOnNetwork, options: BirthOptions): Promise<string> {
  if (pod.hostInterface !== undefined && pod.hostInterface !== "") return pod.hostInterface;
  const [ip] = pod.ips;
  const found = await options.run("nsenter", [`--net=${options.netns}`, "--", "ip", "-j", "route", "show", `${ip}/32`]);
  const [route] = (found.trim() === "" ? [] : JSON.parse(found)) as readonly { readonly dev?: string }[];
  if (route?.dev === undefined) {
    throw new PodRulesError("no-link", `pod ${pod.namespace}/${pod.name}: no link leads to ${ip}`);
  }
  return route.dev;
}

/**
 * All that must be known before a pod's rules are made: its link, itself, and the policies of its namespace as they
 * stand in the API now. The kubelet may hear of a pod before our informer hears of the policy written before it.
 */
export async function prepareBirth(
  pod: PodOnNetwork,
  options: BirthOptions,
): Promise<PodOnNetwork & { readonly hostInterface: string }> {
  if (pod.ips.length === 0) {
    throw new PodRulesError("no-address", `pod ${pod.namespace}/${pod.name}: the sandbox has no address`);
  }
  const [hostInterface] = await Promise.all([linkOf(pod, options), podKnown(pod, options.informers)]);
  const object = options.informers.pods.get({ namespace: pod.namespace, name: pod.name });
  const age = options.now() - Date.parse(object?.metadata.creationTimestamp ?? "");
  if (!(age > settledMs)) {
    const list = await options.client.list(resources.networkPolicies, { namespace: pod.namespace });
    options.view.learn(list.items, options.now());
  }
  return { ...pod, hostInterface };
}
