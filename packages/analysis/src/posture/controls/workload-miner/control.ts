import { startedBy } from "../../../deciders/command-line.ts";
import { workloadControl } from "../../control.ts";

const miners =
  /^(?:xmrig|xmr-stak\S*|minerd|cpuminer\S*|ccminer|ethminer|nbminer|t-rex|lolminer|phoenixminer|teamredminer|kdevtmpfsi|kinsing)$/i;
const pools = /\bstratum\+(?:tcp|ssl|tls)2?:\/\/|--donate-level\b/;
const image = /(?:^|\/)(?:xmrig|xmr-stak|monero-miner|cpuminer|ethminer)[^/]*$/;

export const workloadMiner = workloadControl({
  id: "workload-miner",
  title: "No container mines",
  area: "workloads",
  attack:
    "Clusters are broken into for nothing so often as for their processors. What the intruders leave is a workload that runs a miner, under a name that looks like the system's. It takes the processors of paying workloads, and says that somebody holds the right to create pods who should not.",
  severity: "critical",
  severityBecause: "unless mining is your business it means that somebody else writes pods in your cluster",
  frameworks: { nsa: ["threat-detection"], attack: ["T1496", "T1610"], owasp: ["K01:2025"], nist: ["4.4.5", "4.1.3"] },
  check: ({ containers }) =>
    containers.flatMap((placed) => {
      const { name, field, container } = placed;
      const byCommand = startedBy(placed).flatMap(({ programs, scripts }) => [
        ...programs.filter(({ program }) => miners.test(program)),
        ...scripts.filter(({ text }) => pools.test(text)),
      ])[0];
      if (byCommand !== undefined)
        return [{ field: byCommand.field, key: name, says: `container ${name} starts a miner` }];
      return image.test((container.image ?? "").replace(/@.*$/, ""))
        ? [{ field: `${field}.image`, key: name, says: `the image of container ${name} is a miner's` }]
        : [];
    }),
  fix: (workload) => ({
    kind: "by-hand",
    why: "how it came here matters more than that it goes",
    how: `see in the audit log who wrote ${workload.ref.name}, take that access away and change its credentials, look for what else they wrote, then delete it`,
  }),
});
