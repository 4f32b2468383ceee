import { createHash } from "node:crypto";
import { join } from "node:path";
import {
  type InstanceConfig,
  type InstancePaths,
  type ProcessSpec,
  type ProcessTable,
  processMark,
  type SocketSpec,
} from "@bulkhead/host";
import type { NetworkLayout } from "@bulkhead/network";
import { agentCapabilities, containerdCapabilities } from "./capabilities.ts";

const systemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export interface TableFacts {
  readonly config: InstanceConfig;
  readonly paths: InstancePaths;
  readonly layout: NetworkLayout | undefined;
  readonly containerdConfig: string | undefined;
  readonly registryConfig: string | undefined;
  /** Digest of the sources: a program bundled from others is another program. */
  readonly build: string;
  /** Capabilities that this machine's root has at all; others cannot be named. */
  readonly possible: ReadonlySet<string>;
  readonly apparmor: boolean;
  /** For processes with users of their own; undefined where this machine cannot put them under one. */
  readonly filter: ProcessSpec["filter"];
}

/** The registry reads certificate and settings once, when it starts: with others it is another process. */
export function withRegistryPreparation(table: ProcessTable, digest: string): ProcessTable {
  return {
    ...table,
    processes: table.processes.map((spec) =>
      spec.name === "registry" ? { ...spec, env: { ...spec.env, BULKHEAD_REGISTRY: digest } } : spec,
    ),
  };
}

/** The processes of an instance, in the order in which they start. */
export function processTable(facts: TableFacts): ProcessTable {
  const { config, paths, layout } = facts;
  const possible = (wanted: readonly string[]): string[] => wanted.filter((name) => facts.possible.has(name));
  // Another port or address is another program: what runs is replaced when a setting changes.
  const settings = createHash("sha256").update(JSON.stringify(config)).digest("hex").slice(0, 16);
  const ours = (name: string, more: Partial<ProcessSpec>): ProcessSpec => ({
    name,
    command: [
      join(paths.programs, "node"),
      "--enable-source-maps=false",
      ...heap(name),
      join(paths.programs, `${name}.mjs`),
      paths.root,
    ],
    env: {
      PATH: systemPath,
      NODE_ENV: "production",
      BULKHEAD_BUILD: facts.build,
      BULKHEAD_SETTINGS: settings,
      LANG: "C.UTF-8",
      // An arena a thread costs each of our processes several MB that lie idle.
      MALLOC_ARENA_MAX: "1",
      // What the compiler and slabs of buffers take goes back to the machine piece by piece. Unset, glibc raises this
      // bound to the largest piece ever freed, and what starting took stays in a scattered heap.
      MALLOC_MMAP_THRESHOLD_: "32768",
    },
    sockets: [],
    outlives: false,
    ...more,
  });
  const inside = (kind: SocketSpec["kind"], address: string, port: number): SocketSpec[] =>
    layout === undefined ? [] : [{ kind, namespace: layout.netns, address, port }];
  const apiserver = ours("apiserver", {
    user: config.users.apiserver,
    sockets: layout === undefined ? [] : inside("tcp", layout.apiAddress, 443),
  });
  if (config.onlyApiserver || layout === undefined) return marked(facts, [apiserver]);
  const processes: ProcessSpec[] = [];
  if (facts.containerdConfig !== undefined)
    processes.push({
      name: "containerd",
      command: [join(paths.parts, "bin", "containerd"), "--config", facts.containerdConfig],
      // A tighter collector: their garbage is memory of the machine's.
      env: { PATH: `${join(paths.parts, "bin")}:${systemPath}`, GOGC: "40" },
      capabilities: possible(containerdCapabilities(facts.apparmor)),
      mayGain: true,
      sockets: [],
      outlives: true,
      pinned: true,
    });
  if (facts.registryConfig !== undefined)
    processes.push({
      name: "registry",
      command: [join(paths.parts, "bin", "docker-registry"), "serve", facts.registryConfig],
      env: {
        PATH: systemPath,
        OTEL_TRACES_EXPORTER: "none",
        GOGC: "20",
        GOMEMLIMIT: "24MiB",
        BULKHEAD_SETTINGS: settings,
        // Whom it tells what was pushed is vouched for by our authority, and by no other.
        SSL_CERT_FILE: join(paths.pki, "registry", "server-ca.crt"),
        SSL_CERT_DIR: "/nonexistent",
      },
      user: config.users.registry,
      sockets: [],
      outlives: false,
    });
  processes.push(
    apiserver,
    ours("agent", { capabilities: possible(agentCapabilities) }),
    ours("dns", {
      // Running containers go on asking it for names.
      outlives: true,
      user: config.users.dns,
      sockets: [
        ...inside("udp", layout.dnsAddress, 53),
        ...inside("tcp", layout.dnsAddress, 53),
        ...inside("tcp", layout.gatewayAddress, config.registryPort),
      ],
    }),
    ours("controllers", { user: config.users.controllers }),
  );
  return marked(facts, processes);
}

/** Each process carries the instance's mark, so that it is found even where the note of it was lost. */
const marked = ({ config, filter }: TableFacts, processes: readonly ProcessSpec[]): ProcessTable => ({
  format: 1,
  processes: processes.map((spec) => ({
    ...spec,
    env: { ...spec.env, [processMark]: `${config.id}/${spec.name}` },
    ...(filter === undefined || spec.user === undefined ? {} : { filter }),
  })),
});

/** Small young generations: our processes are many and mostly idle. The API server's heap grows and shrinks with its load. */
const heap = (name: string): string[] =>
  name === "apiserver"
    ? ["--max-semi-space-size=8", "--heap-growing-percent=60", "--expose-gc"]
    : ["--max-semi-space-size=2", "--expose-gc"];
