/** Cluster DNS: `dns ROOT`. An unprivileged user that holds nothing; sockets 3 (UDP) and 4 (TCP) are handed to it. */
import { join } from "node:path";
import { instancePaths } from "@bulkhead/host";
import { startDns } from "@bulkhead/network";
import { dnsSocket } from "../prepare/names.ts";
import { readTopology } from "../prepare/topology.ts";
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
log.info({ address: layout.dnsAddress }, "answering");
untilStopped().addEventListener("abort", () => {
  server.close().then(() => process.exit(0), fatal(log, "could not stop in order"));
});
