/** The node's agent: `agent ROOT`. Root. The kubelet and the network of this machine, each with an identity of its own. */
import { readFile, realpath } from "node:fs/promises";
import { join } from "node:path";
import { metricLines } from "@bulkhead/api";
import { createEventRecorder, createInformer, imageTrustPolicies, responsePolicies } from "@bulkhead/client";
import { findMarked, instancePaths } from "@bulkhead/host";
import { startKubelet } from "@bulkhead/kubelet";
import { createNodePortRelay, startDenialReporter, startDnsPublisher, startNetworkAgent } from "@bulkhead/network";
import { admitPod, nodePolicyAt, parseNodePolicy } from "@bulkhead/policy";
import { boundingSet } from "../prepare/capabilities.ts";
import { apiserverClientName, containerdSocket, dnsSocket, podCgroupRoot, podUserRanges } from "../prepare/names.ts";
import { rememberSettings } from "../prepare/network.ts";
import { writeRegistryHosts } from "../prepare/registry-hosts.ts";
import { readTopology } from "../prepare/topology.ts";
import { createImageGate } from "../scanning/image-gate.ts";
import { noScans } from "../scanning/image-scans.ts";
import { createScanMetrics } from "../scanning/metrics.ts";
import { openRanBefore } from "../scanning/ran-before.ts";
import { watchStarts } from "../signals/started-programs.ts";
import { watchSignals } from "../signals/watch-signals.ts";
import { collectAtRest } from "../wiring/collect-at-rest.ts";
import { onFilesChanged } from "../wiring/file-watch.ts";
import { identityClient } from "../wiring/identity-client.ts";
import { fatal, jsonLog, rootArgument, untilStopped } from "../wiring/json-log.ts";
import { ensurePauseImage } from "../wiring/pause-image.ts";
import { keepRegistriesPublished } from "../wiring/registries-copy.ts";
import { registryTokenFrom } from "../wiring/registry-token-client.ts";
import { followRules } from "../wiring/rule-views.ts";
import { scanRunningImages } from "../wiring/running-scans.ts";

const root = rootArgument("agent");
const log = jsonLog("agent");
process.on("uncaughtException", fatal(log, "an error nobody caught"));
const paths = instancePaths(root);
const { config, layout, registry } = await readTopology(root);
if (layout === undefined) throw new Error(`${join(paths.run, "topology.json")} names no network`);

// containerd starts beside us.
for (let attempt = 0; ; attempt++) {
  try {
    await ensurePauseImage(paths);
    break;
  } catch (error) {
    if (attempt === 100) fatal(log, "containerd does not answer")(error);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const nodeClient = identityClient(root, config, "agent", "node", log);
const networkClient = identityClient(root, config, "agent", "network", log);
const stopping = untilStopped();
keepRegistriesPublished(paths, log, async (file) => {
  const fault = await writeRegistryHosts(paths, registry, file);
  if (fault !== undefined) log.error({ why: fault }, "mirrors are shown no credentials: the file of them is wrong");
});

const network = startNetworkAgent({
  client: networkClient,
  layout,
  node: config.nodeName,
  log,
  defaults: config.defaults,
  registryPort: config.registryPort,
  onRepaired: ({ previousSysctls }) => {
    rememberSettings(paths, previousSysctls).catch((error: unknown) =>
      log.error({ error: String(error) }, "changed host settings could not be written down"),
    );
  },
});
const dns = await startDnsPublisher({
  informers: network.informers,
  zone: config.clusterDomain,
  path: dnsSocket(paths),
  reader: { uid: config.users.dns, gid: config.users.dns },
  log,
});

const relay = createNodePortRelay({
  listen: [config.listen],
  target: layout.innerAddress,
  source: layout.relayAddress,
  log,
});
network.onServices((ports) => relay.update(ports));
const denials = startDenialReporter({
  netns: layout.netns,
  rules: () => network.rules(),
  pods: network.informers.pods,
  podOnLink: (index) => network.podOnLink(index),
  recorder: createEventRecorder({ client: networkClient, component: "bulkhead-network", log }),
  log,
});

/** What containerd really holds: one that was adopted may be older than our table. */
const runtime = findMarked(config.id).find(
  ({ name, program, user }) =>
    name === "containerd" && program === join(paths.parts, "bin", "containerd") && user === 0,
);
const runtimeCapabilities =
  runtime === undefined ? undefined : boundingSet(await readFile(`/proc/${runtime.identity.pid}/status`, "utf8"));

const policies = createInformer({ client: networkClient, resource: imageTrustPolicies, signal: stopping, log });
// The network agent keeps copies of the other two kinds already.
const view = followRules(
  {
    namespaces: network.informers.namespaces,
    exceptions: network.informers.exceptions,
    policies,
  },
  config.defaults,
);
const pki = (name: string): Promise<Buffer> => readFile(join(paths.pki, "agent", name));

// Containers go on whether their images can be scanned or not; what may not start unread does not start then.
const ran = await openRanBefore(join(paths.root, "scans", "ran-before"));
const { namespaces } = network.informers;
namespaces.onChange((current) => {
  if (current !== undefined) return;
  ran
    .keep(new Set(namespaces.list().map(({ metadata }) => metadata.uid ?? "")))
    .catch((error: unknown) => log.error({ error: String(error) }, "what ran in a namespace could not be forgotten"));
});
const metrics = createScanMetrics({ pods: () => network.informers.pods.list(), nodeName: config.nodeName });
const responses = createInformer({ client: networkClient, resource: responsePolicies, signal: stopping, log });
const signals = watchSignals({
  client: nodeClient,
  evicter: nodeClient,
  events: createEventRecorder({ client: nodeClient, component: "bulkhead-signals", host: config.nodeName, log }),
  nodeName: config.nodeName,
  layers: await realpath(paths.containerd),
  starts: watchStarts({ log }),
  pods: () => network.informers.pods.list(),
  services: () => network.informers.services.list(),
  namespaces: () => namespaces.list(),
  policies: () => responses.list(),
  log,
});
const scans = scanRunningImages({
  root,
  config,
  paths,
  informers: network.informers,
  ran,
  rules: view,
  policies: () => policies.list(),
  registry,
  tokenFor: registryTokenFrom(nodeClient),
  recorder: metrics,
  log,
}).catch((error: unknown) => {
  log.error({ error: String(error) }, "images are not scanned");
  return noScans(`images are not scanned on this node: ${String(error)}`);
});
const imageGate = scans.then((running) =>
  createImageGate({
    rules: (now) => view.rules(now),
    namespaces: () => namespaces.list(),
    scans: running,
    ran,
    log,
  }),
);

const kubelet = await startKubelet({
  client: nodeClient,
  nodeName: config.nodeName,
  root: paths.kubelet,
  criSocket: containerdSocket(paths),
  podRules: network,
  admit: async (pod) => {
    await view.synced;
    // Read each time: root may have changed it, and a file that cannot be read starts no pod.
    const now = Date.now();
    const node = nodePolicyAt(parseNodePolicy(await readFile(paths.nodePolicy, "utf8")), now);
    const { decision, because } = admitPod({ ...view.rules(now), node }, pod);
    // What waits for its scan is pulled first: the second door asks what is in it.
    return { decision: decision === "deny" ? "deny" : "allow", because };
  },
  admitImage: async (pod, image) => {
    await view.synced;
    return (await imageGate)(pod, image);
  },
  serving: {
    cert: await pki("tls.crt"),
    key: await pki("tls.key"),
    clientCa: await pki("client-ca.crt"),
    clientNames: [apiserverClientName],
    port: config.agentPort,
    identitySignal: (report) => signals.take(report),
    metrics: () => `${metrics.text()}${[...metricLines(signals.metrics())].join("\n")}\n`,
  },
  clusterDns: [layout.dnsAddress],
  clusterDomain: config.clusterDomain,
  registries: [{ registry }],
  podCidrs: [layout.podCidr],
  cgroupRoot: podCgroupRoot(config),
  userNamespaces: config.defaults === "kubernetes" ? "when-asked" : "unless-host-users",
  userRanges: podUserRanges(config),
  ...(runtimeCapabilities === undefined ? {} : { capabilities: runtimeCapabilities }),
  hostIps: [layout.nodeAddress],
  log,
}).catch(fatal(log, "the kubelet could not start"));
collectAtRest();
log.info({ node: config.nodeName, port: kubelet.port }, "running");
const imagesChanged = (): void => kubelet.imagesChanged();
view.onChange(imagesChanged);
scans.then((running) => running.onChange(imagesChanged), fatal(log, "an error nobody caught"));

onFilesChanged([join(paths.pki, "agent", "tls.crt")], () => {
  Promise.all([pki("tls.crt"), pki("tls.key"), pki("client-ca.crt")]).then(
    ([cert, key, clientCa]) => kubelet.renewServing({ cert, key, clientCa }),
    (error: unknown) => log.error({ error: String(error) }, "renewed certificates could not be read"),
  );
});

stopping.addEventListener("abort", () => {
  Promise.all([
    kubelet.close(),
    signals.close(),
    scans.then((running) => running.close()),
    denials.close(),
    relay.close(),
    dns.close(),
    network.close(),
  ]).then(() => process.exit(0), fatal(log, "could not stop in order"));
});
