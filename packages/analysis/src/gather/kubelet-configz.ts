import type { Node, Seen } from "@bulkhead/api";
import { suitesOfVersion } from "../deciders/tls-suites.ts";
import { factsVersion, type NodeFacts } from "../snapshot/facts.ts";
import { secondsOf } from "./flags.ts";

type Facts = NodeFacts["facts"];
type Kubelet = NonNullable<Facts["kubelet"]>["value"];

/** What a kubelet's `/configz` tells: `{ "kubeletconfig": { … } }`. Anything may be missing or of another type. */
export type ConfigzDocument = unknown;

type Tree = Readonly<Record<string, unknown>>;
const tree = (value: unknown): Tree => (typeof value === "object" && value !== null ? (value as Tree) : {});
const boolean = (value: unknown): boolean | undefined => (typeof value === "boolean" ? value : undefined);
const number = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);
const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

const present = <T extends object>(fields: { readonly [K in keyof T]: T[K] | undefined }): Partial<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;

/**
 * The kubelet's settings from its `/configz` document. The kubelet fills its defaults in before it answers, so that what
 * is missing was not told; only what it leaves out for being zero (`readOnlyPort`, `seccompDefault`,
 * `rotateCertificates`, `protectKernelDefaults`) is taken for that. Undefined for a document of another form.
 */
export function kubeletSettings(document: ConfigzDocument, version?: string): Kubelet | undefined {
  const config = tree(document)["kubeletconfig"];
  if (typeof config !== "object" || config === null) return undefined;
  const { authentication, authorization, ...rest } = tree(config);
  const mode = text(tree(authorization)["mode"]);
  const idle = text(rest["streamingConnectionIdleTimeout"]);
  const { x509 } = tree(authentication);
  const suites = rest["tlsCipherSuites"];
  return present<Kubelet>({
    anonymousAuth: boolean(tree(tree(authentication)["anonymous"])["enabled"]),
    authorizationMode: mode === "AlwaysAllow" || mode === "Webhook" ? mode : undefined,
    readOnlyPort: number(rest["readOnlyPort"]) ?? 0,
    rotateCertificates: boolean(rest["rotateCertificates"]) ?? false,
    protectKernelDefaults: boolean(rest["protectKernelDefaults"]) ?? false,
    seccompDefault: boolean(rest["seccompDefault"]) ?? false,
    makeIPTablesUtilChains: boolean(rest["makeIPTablesUtilChains"]),
    eventRecordQPS: number(rest["eventRecordQPS"]),
    tlsMinVersion: text(rest["tlsMinVersion"]),
    streamingConnectionIdleTimeoutSeconds: idle === undefined ? undefined : secondsOf(idle),
    podPidsLimit: number(rest["podPidsLimit"]),
    clientAuthority: authentication === undefined ? undefined : text(tree(x509)["clientCAFile"]) !== undefined,
    ownServingCertificate: ownCertificate(rest),
    tlsCipherSuites: Array.isArray(suites) ? suites.filter((s) => typeof s === "string") : suitesOfVersion(version),
  });
}

/** Given no certificate and told to ask for none, a kubelet makes one under this name and tells it as if it were given. */
function ownCertificate(config: Tree): boolean | undefined {
  if (config["serverTLSBootstrap"] === true) return false;
  const file = text(config["tlsCertFile"]);
  return file === undefined ? undefined : file.endsWith("/pki/kubelet.crt");
}

/**
 * Our own agent has no settings for these: it serves mutual TLS to the API server's certificate alone, no other port,
 * gives every container the runtime's seccomp profile unless it names one, and every pod a limit of processes.
 */
const ownAgent: Kubelet = {
  anonymousAuth: false,
  readOnlyPort: 0,
  rotateCertificates: true,
  seccompDefault: true,
  podPidsLimit: 4096,
  clientAuthority: true,
  ownServingCertificate: false,
};

/**
 * What a Node says of its machine, and its kubelet's `/configz` where someone may read it. A distribution's revision of
 * the runtime is not in a Node: flaws of runtimes are judged where packages can be seen.
 */
export function nodeFactsOf(node: Node, configz?: ConfigzDocument): NodeFacts {
  const name = node.metadata.name ?? "";
  const info = node.status?.nodeInfo;
  const where = `Node ${name}, status.nodeInfo`;
  const seen = <T>(value: T): Seen<T> => ({ value, where });
  const own = info?.kubeletVersion.endsWith("-bulkhead") === true;
  const built = `built into the agent of ${name} (${info?.kubeletVersion ?? ""})`;
  const kubelet = own ? ownAgent : configz === undefined ? undefined : kubeletSettings(configz, info?.kubeletVersion);
  const told = own ? built : `the kubelet of ${name}, /configz`;
  const [, runtime, version] = /^([a-z0-9-]+):\/\/(.+)$/.exec(info?.containerRuntimeVersion ?? "") ?? [];
  const facts: Facts = present<Facts>({
    product: info === undefined ? undefined : own ? seen("bulkhead") : seen("kubernetes"),
    kernel: info === undefined || info.kernelVersion === "" ? undefined : seen(info.kernelVersion),
    runtime: runtime === undefined || version === undefined ? undefined : seen({ name: runtime, version }),
    kubeletVersion: info === undefined || info.kubeletVersion === "" ? undefined : seen(info.kubeletVersion),
    kubelet: kubelet === undefined ? undefined : { value: kubelet, where: told },
    seccompDefault: kubelet?.seccompDefault === undefined ? undefined : { value: kubelet.seccompDefault, where: told },
  });
  return { apiVersion: factsVersion, kind: "NodeFacts", metadata: { name }, facts };
}
