import type { Pod } from "@bulkhead/api";
import type { CriDnsConfig } from "../cri/schema.ts";
import { usesHostNetwork } from "../pod/model.ts";

const longestHostname = 63;

/** The name inside the pod: its own or spec.hostname, cut to what the kernel takes; and its domain, with a subdomain. */
export function hostNames(
  pod: Pod,
  clusterDomain: string,
  nodeName: string,
): { hostname: string; fqdn: string | undefined } {
  if (usesHostNetwork(pod)) return { hostname: nodeName, fqdn: undefined };
  const override = pod.spec?.hostnameOverride;
  if (override !== undefined && override !== "") return { hostname: override, fqdn: undefined };
  const hostname = (pod.spec?.hostname || pod.metadata.name || "").slice(0, longestHostname).replace(/[-.]+$/, "");
  const subdomain = pod.spec?.subdomain;
  const fqdn =
    subdomain === undefined || subdomain === ""
      ? undefined
      : `${hostname}.${subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}`;
  return pod.spec?.setHostnameAsFQDN === true && fqdn !== undefined ? { hostname: fqdn, fqdn } : { hostname, fqdn };
}

/** The file that containers see as /etc/hosts. */
export function hostsFile(
  pod: Pod,
  ips: readonly string[],
  names: { hostname: string; fqdn: string | undefined },
): string {
  const lines = [
    "# Kubernetes-managed hosts file.",
    "127.0.0.1\tlocalhost",
    "::1\tlocalhost ip6-localhost ip6-loopback",
    "fe00::0\tip6-localnet",
    "fe00::0\tip6-mcastprefix",
    "fe00::1\tip6-allnodes",
    "fe00::2\tip6-allrouters",
  ];
  const own = names.fqdn === undefined ? names.hostname : `${names.fqdn}\t${names.hostname.split(".")[0]}`;
  for (const ip of ips) lines.push(`${ip}\t${own}`);
  const aliases = pod.spec?.hostAliases ?? [];
  if (aliases.length > 0) lines.push("", "# Entries added by HostAliases.");
  for (const { ip, hostnames } of aliases) lines.push(`${ip}\t${(hostnames ?? []).join("\t")}`);
  return `${lines.join("\n")}\n`;
}

export interface DnsFacts {
  /** Addresses of the cluster's DNS; none yet means that ClusterFirst pods resolve nothing. */
  readonly clusterDns: readonly string[];
  readonly clusterDomain: string;
  /** The node's own resolv.conf. */
  readonly node: ResolvConf;
}

export interface ResolvConf {
  readonly servers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
}

const maxServers = 3;
const maxSearches = 32;

/** Reads resolv.conf; later `search` lines win, as in libc. */
export function parseResolvConf(text: string): ResolvConf {
  const servers: string[] = [];
  let searches: string[] = [];
  let options: string[] = [];
  for (const line of text.split("\n")) {
    const [word, ...rest] = line.trim().split(/\s+/);
    if (word === "nameserver" && rest[0] !== undefined) servers.push(rest[0]);
    else if (word === "search" || word === "domain") searches = rest;
    else if (word === "options") options = rest;
  }
  return { servers, searches, options };
}

const unique = (texts: readonly string[]): string[] => [...new Set(texts)];

function base(pod: Pod, facts: DnsFacts): ResolvConf {
  const policy = pod.spec?.dnsPolicy ?? "ClusterFirst";
  if (policy === "None") return { servers: [], searches: [], options: [] };
  const cluster = policy === "ClusterFirstWithHostNet" || (policy === "ClusterFirst" && !usesHostNetwork(pod));
  if (!cluster) return facts.node;
  const { clusterDomain: domain } = facts;
  return {
    servers: facts.clusterDns,
    searches: unique([`${pod.metadata.namespace}.svc.${domain}`, `svc.${domain}`, domain, ...facts.node.searches]),
    options: ["ndots:5"],
  };
}

/** A pod's resolver settings: its policy's base with its own dnsConfig on top. */
export function dnsConfig(pod: Pod, facts: DnsFacts): Required<CriDnsConfig> & ResolvConf {
  const from = base(pod, facts);
  const own = pod.spec?.dnsConfig;
  const options = new Map(from.options.map((option) => [option.split(":")[0] ?? "", option]));
  for (const { name, value } of own?.options ?? []) {
    if (name === undefined || name === "") continue;
    options.set(name, value === undefined || value === "" ? name : `${name}:${value}`);
  }
  return {
    servers: unique([...from.servers, ...(own?.nameservers ?? [])]).slice(0, maxServers),
    searches: unique([...from.searches, ...(own?.searches ?? [])]).slice(0, maxSearches),
    options: [...options.values()],
  };
}

export const resolvFile = ({ servers, searches, options }: ResolvConf): string =>
  [
    ...(searches.length === 0 ? [] : [`search ${searches.join(" ")}`]),
    ...servers.map((server) => `nameserver ${server}`),
    ...(options.length === 0 ? [] : [`options ${options.join(" ")}`]),
    "",
  ].join("\n");
