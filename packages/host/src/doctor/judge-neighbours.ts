import type { DroppingChain, MachineFacts } from "./facts.ts";
import type { Finding } from "./finding.ts";

const consequenceOf: Readonly<Record<string, string>> = {
  dockerd: "it keeps its own containers and networks; Bulkhead has its own containerd and touches neither",
  containerd: "it is left alone: Bulkhead runs a containerd of its own, with its own folders and socket",
  k3s: "two orchestrators share this machine's ports, memory and disk; neither sees the other's pods",
  kubelet: "two orchestrators share this machine's ports, memory and disk; neither sees the other's pods",
  podman: "its containers are not Bulkhead's, and go on",
  crio: "its containers are not Bulkhead's, and go on",
  firewalld: "it can close what Bulkhead opens on the host, never open what Bulkhead's own network closes",
};

/** Names of programs that are worth telling of, as the kernel shows them. */
export const neighbourPrograms: readonly string[] = Object.keys(consequenceOf);

/** Other programs that run containers or filter packets, and what that means for us. */
export const judgeNeighbours = (facts: MachineFacts): Finding[] => [
  ...ports(facts),
  ...chains(facts.dropping),
  ...programs(facts),
];

function* ports({ takenPorts }: MachineFacts): Generator<Finding> {
  if (takenPorts.length > 0)
    yield {
      id: "ports",
      level: "prevents",
      what: `${takenPorts.length === 1 ? "port" : "ports"} ${takenPorts.join(", ")} ${takenPorts.length === 1 ? "is" : "are"} taken by another program`,
      consequence: "the API server, the agent and the registry (three ports in a row) cannot listen",
      whatToDo: "choose other ports: bulkhead up --port 16443",
    };
}

/** One finding a hook: what goes through (forward) is pods' traffic, what comes in or goes out is the node's. */
function* chains(dropping: readonly DroppingChain[]): Generator<Finding> {
  const named = (hook: DroppingChain["hook"]): string[] =>
    dropping.filter((c) => c.hook === hook).map((c) => `${c.family} ${c.table} ${c.chain}`);
  const forward = named("forward");
  if (forward.length > 0)
    yield {
      id: "firewall-forward",
      level: "warning",
      what: `another firewall drops what goes through this machine unless it is told otherwise (${forward.join("; ")})`,
      consequence: "pods reach each other and their Services, but perhaps nothing outside; nothing is opened by it",
      whatToDo: `let it pass what comes from and goes to the interfaces bh-*, in ${forward[0]}`,
    };
  const own = [...named("input"), ...named("output")];
  if (own.length > 0)
    yield {
      id: "firewall-host",
      level: "note",
      what: `another firewall drops what comes into or leaves this machine unless it is told otherwise (${own.join("; ")})`,
      consequence:
        "node ports may not answer from outside; pods and the API, in a network of their own, are not concerned",
      whatToDo: "open the node ports that are to be reached from outside",
    };
}

function* programs({ others }: MachineFacts): Generator<Finding> {
  for (const name of new Set(others.map((o) => o.name))) {
    const pids = others.filter((o) => o.name === name).map((o) => o.pid);
    yield {
      id: `neighbour-${name}`,
      level: "note",
      what: `${name} runs beside us (process ${pids.join(", ")})`,
      consequence: consequenceOf[name] ?? "it is left alone",
    };
  }
}
