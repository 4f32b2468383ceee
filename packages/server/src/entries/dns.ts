/**
 * The pods' door to what the machine serves them: `dns ROOT`. An unprivileged user that holds nothing; sockets 3 (UDP)
 * and 4 (TCP) for DNS and 5 for the machine's registry are handed to it.
 */
import { join } from "node:path";
import { instancePaths } from "@bulkhead/host";
import { startDns, startForwarder } from "@bulkhead/network";
import { dnsSocket } from "../prepare/names.ts";
import { readTopology } from "../prepare/topology.ts";
import { collectAtRest } from "../wiring/collect-at-rest.ts";
import { fatal, jsonLog, rootArgument, untilStopped } from "../wiring/json-log.ts";

const root = rootArgument("dns");
const log = jsonLog("dns");
process.on("uncaughtException", fatal(log, "an error nobody caught"));
const { config, layout } = await readTopology(root);
if (layout === undefined) throw new Error(`${join(root, "run/topology.json")} names no network`);
const server = await startDns({
  sockets: { udpFd: 3, tcpFd: 4 },
  source: dnsSocket(instancePaths(root)),
  zone: config.clusterDomain,
  cidrs: [layout.podCidr, layout.serviceCidr],
  clients: [layout.podCidr, layout.linkCidr, layout.serviceCidr],
  own: [layout.dnsAddress],
  log,
}).catch(fatal(log, "the DNS could not start"));
const registry = await startForwarder({
  socket: { fd: 5 },
  target: { host: "127.0.0.1", port: config.registryPort },
  clients: [layout.podCidr, layout.linkCidr],
  log,
}).catch(fatal(log, "the registry's door could not be opened"));
collectAtRest();
log.info({ address: layout.dnsAddress, registry: `${layout.gatewayAddress}:${registry.port}` }, "answering");
untilStopped().addEventListener("abort", () => {
  Promise.all([server.close(), registry.close()]).then(() => process.exit(0), fatal(log, "could not stop in order"));
});
