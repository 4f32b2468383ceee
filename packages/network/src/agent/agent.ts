import type { Log } from "@bulkhead/api";
import type { Client } from "@bulkhead/client";
import type { NetworkRuleSet } from "@bulkhead/policy";
import { type EnsuredNetwork, ensureNetwork } from "../namespace/ensure.ts";
import type { NetworkLayout } from "../namespace/plan.ts";
import { packetFilter } from "../nft/filter.ts";
import { tableName } from "../policy/names.ts";
import { type Run, runCommand } from "../process/command.ts";
import { dropStaleConnections, staleBackends } from "../services/connections.ts";
import type { ServicePort } from "../services/service-ports.ts";
import { createApplyLoop } from "./apply-loop.ts";
import { prepareBirth } from "./birth.ts";
import { informersSynced, type NetworkInformers, networkInformers, ruledFields } from "./informers.ts";
import { createLinkNames } from "./link-names.ts";
import { hostAddresses, localServices } from "./node-addresses.ts";
import { createPodLinks, type PodOnNetwork } from "./pod-links.ts";
import { createPolicyView } from "./policy-view.ts";
import { closedTable, serviceTables, type WantedTableOptions, wantedTable } from "./wanted-table.ts";

/** What the kubelet asks before a pod's first process and after its last. */
export interface PodRules {
  /** Resolves when the pod's rules are in force; until then its link passes nothing. Rejects: the pod must not start. */
  ensure(pod: PodOnNetwork): Promise<void>;
  /** Closes the pod's link. */
  remove(uid: string): Promise<void>;
}

export interface NetworkAgentOptions {
  readonly client: Client;
  readonly layout: NetworkLayout;
  readonly node: string;
  readonly log: Log;
  /** `kubernetes`: metadata address and node are open to pods, as upstream. */
  readonly defaults: "bulkhead" | "kubernetes";
  /** Where the machine's registry answers pods, at their gateway. Absent: nowhere. */
  readonly registryPort?: number;
  readonly run?: Run;
  readonly nft?: string;
  readonly now?: () => number;
  /** The host's addresses; default: of this process' network namespace. */
  readonly hostAddresses?: () => string[];
  /** How often the kernel's table and the host's addresses are looked at; default 5,000 ms. */
  readonly verifyMs?: number;
  /** How often namespace, link, routes and the host's table are looked at and repaired; default 15,000 ms. */
  readonly repairMs?: number;
  /** Hears what a repair did: host settings it changed belong to what `removeNetwork` puts back. */
  readonly onRepaired?: (made: EnsuredNetwork) => void;
}

export interface NetworkAgent extends PodRules {
  /** Resolves after the first table of this agent is in force. */
  readonly ready: Promise<void>;
  /** The rules in force: what denials are explained with. */
  rules(): NetworkRuleSet | undefined;
  readonly informers: NetworkInformers;
  /** `NAMESPACE/NAME` of the pod on the interface with this index. */
  podOnLink(index: number): Promise<string | undefined>;
  /** Called with the Service ports in force, now if there are any and after each change. */
  onServices(handler: (ports: readonly ServicePort[]) => void): void;
  /** Stops following; the table stays in force. */
  close(): Promise<void>;
}

/** A look at the kernel's table is followed by a rest of so many times what it took: a large table costs no more. */
const verifyRest = 20;

/** Does it until it is done; gives up only when the agent is closed. */
async function persist(act: () => Promise<void>, signal: AbortSignal, log: Log): Promise<void> {
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (signal.aborted) throw error;
      log.error({ error: String(error) }, "the first packet rules are not in force yet: trying again");
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  }
}

/**
 * Follows the API and keeps the table of the instance's namespace as the objects want it. The table that a former agent
 * left stays in force until the first lists are in.
 */
export function startNetworkAgent(options: NetworkAgentOptions): NetworkAgent {
  const { client, layout, log } = options;
  const now = options.now ?? Date.now;
  const run = options.run ?? runCommand;
  const abort = new AbortController();
  const informers = networkInformers(client, abort.signal, log);
  const filter = packetFilter({
    netns: layout.netns,
    table: tableName,
    run,
    ...(options.nft === undefined ? {} : { nft: options.nft }),
  });
  const [links, view] = [createPodLinks(), createPolicyView()];
  const local = localServices(layout, options.registryPort);
  const from: WantedTableOptions = { ...options, informers, links, view, local, now };
  const compileServicePorts = serviceTables(from);
  const linkName = createLinkNames(layout.netns, run);
  const handlers: ((ports: readonly ServicePort[]) => void)[] = [];

  let services: ReturnType<typeof compileServicePorts> | undefined;
  let servicesChanged = true;
  let rules: NetworkRuleSet | undefined;
  const lookAtHost = options.hostAddresses ?? hostAddresses;
  let addresses = lookAtHost();
  let verifyNext = false;
  let verifyAfter = 0;
  let open = false;
  let expiry: NodeJS.Timeout | undefined;

  function wakeAt(time: number | undefined): void {
    clearTimeout(expiry);
    if (time === undefined) return;
    expiry = setTimeout(() => loop.wake(), Math.min(Math.max(time - now(), 0) + 50, 86_400_000)).unref();
  }

  async function apply(): Promise<void> {
    if (verifyNext) {
      verifyNext = false;
      const start = performance.now();
      if ((await filter.verify()) === "repaired") log.warn({}, "packet rules were changed by someone else: repaired");
      const end = performance.now();
      verifyAfter = end + (end - start) * verifyRest;
    }
    const before = services;
    if (services === undefined || servicesChanged) {
      servicesChanged = false;
      services = compileServicePorts();
    }
    const wanted = wantedTable(from, services.compiled, addresses);
    if ((await filter.apply(wanted.table)) === "repaired") log.warn({}, "packet rules were not as left: repaired");
    rules = wanted.rules;
    wakeAt(rules.until);
    if (services === before) return;
    for (const handler of handlers) handler(services.ports);
    await dropStaleConnections(staleBackends(before?.ports ?? [], services.ports), layout.netns, run, log);
  }

  const loop = createApplyLoop(apply, log);
  const wake = (): void => {
    // Until the first lists are in, the table that stands is the best there is.
    if (open) loop.wake();
  };

  informers.pods.onChange((current, previous) => {
    if (ruledFields(current) !== ruledFields(previous)) wake();
  });
  informers.namespaces.onChange(wake);
  informers.exceptions.onChange(wake);
  informers.policies.onChange((current, previous) => {
    if (current === undefined && previous !== undefined) view.deleted(previous);
    wake();
  });
  for (const informer of [informers.services, informers.endpointSlices]) {
    informer.onChange(() => {
      servicesChanged = true;
      wake();
    });
  }

  const synced = informersSynced(informers);
  async function begin(): Promise<void> {
    const actual = await filter.read();
    if (actual !== undefined) links.adopt(actual);
    // A namespace without a table would pass everything between links that come early.
    else await filter.apply(closedTable(layout));
  }
  async function start(): Promise<void> {
    await persist(begin, abort.signal, log);
    await synced;
    open = true;
    await persist(() => loop.request(), abort.signal, log);
    log.info({ services: services?.ports.length ?? 0, pods: rules?.podsByIp.size ?? 0 }, "packet rules in force");
  }
  const ready = start();
  // Only an agent that was closed before gives up; nobody need wait for that.
  ready.catch(() => {});

  const timer = setInterval(() => {
    if (!open) return;
    const seen = lookAtHost();
    const moved = seen.join() !== addresses.join();
    addresses = seen;
    verifyNext = performance.now() >= verifyAfter;
    if (moved || verifyNext) loop.wake();
  }, options.verifyMs ?? 5_000).unref();

  let repairing = false;
  const repair = setInterval(() => {
    if (repairing) return;
    repairing = true;
    ensureNetwork({ layout, log, run, ...(options.nft === undefined ? {} : { nft: options.nft }) })
      .then((made) => {
        if (made.steps.length > 0) options.onRepaired?.(made);
      })
      .catch((error: unknown) => log.error({ error: String(error) }, "the instance's network could not be repaired"))
      .finally(() => {
        repairing = false;
      });
  }, options.repairMs ?? 15_000).unref();

  return {
    ready,
    rules: () => rules,
    informers,
    async podOnLink(index) {
      const name = await linkName(index);
      return name === undefined ? undefined : links.podOn(name);
    },
    onServices(handler) {
      handlers.push(handler);
      if (services !== undefined) handler(services.ports);
    },
    async ensure(pod) {
      await synced;
      links.set(await prepareBirth(pod, { client, informers, view, netns: layout.netns, run, log, now }));
      await ready.catch(() => {});
      await loop.request();
    },
    async remove(uid) {
      if (links.delete(uid) && open) await loop.request();
    },
    async close() {
      clearInterval(timer);
      clearInterval(repair);
      clearTimeout(expiry);
      abort.abort();
      await loop.close();
    },
  };
}
