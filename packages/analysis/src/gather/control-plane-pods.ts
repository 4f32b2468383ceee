import type { Pod, Seen } from "@bulkhead/api";
import { suitesOfVersion } from "../deciders/tls-suites.ts";
import { type AuditFacts, type ControlPlaneFacts, factsVersion } from "../snapshot/facts.ts";
import { kinds } from "../snapshot/kinds.ts";
import type { UnreadKind } from "../snapshot/object-set.ts";
import { type CommandLine, commandLineOf, secondsOf } from "./flags.ts";

/** What the pods of a control plane say, as objects of a snapshot, and what they cannot say. */
export interface ControlPlaneSeen {
  readonly objects: readonly (ControlPlaneFacts | AuditFacts)[];
  readonly unread: readonly UnreadKind[];
}

const hidden =
  "no pod kube-apiserver-* runs in kube-system: the control plane is run by someone else or outside the cluster, and its settings cannot be seen from inside";

/**
 * Reads the control plane's settings from its static pods, as kubeadm makes them: a flag that is not given counts with
 * its documented default, and `where` says so. Where there are no such pods (a managed cluster, a control plane of plain
 * processes) there is nothing to say, and that is what `unread` says. What lies in files beside the flags (the policy of
 * the audit log, the providers of encryption) stays absent. Several API servers: one object each.
 */
export function controlPlaneFromPods(
  pods: readonly Pod[],
  /** Why not all pods of kube-system are among them, where that is so. */
  unreadPods?: UnreadKind,
): ControlPlaneSeen {
  const system = pods
    .filter(({ metadata }) => metadata.namespace === "kube-system")
    .toSorted((a, b) => ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1));
  const lines = (program: string) =>
    system.flatMap((pod) => {
      const line = commandLineOf(pod, program);
      return line === undefined ? [] : [{ line, pod }];
    });
  const servers = lines("kube-apiserver");
  if (servers.length === 0)
    return {
      objects: [],
      unread: [kinds.controlPlaneFacts, kinds.auditFacts].map(({ key }) => ({
        kind: key,
        why: unreadPods === undefined ? hidden : `pods of kube-system could not be read: ${unreadPods.why}`,
      })),
    };
  const managers = lines("kube-controller-manager");
  const schedulers = lines("kube-scheduler");
  const stores = lines("etcd");
  const objects = servers.flatMap(({ line, pod }) => {
    const beside = <T extends { readonly pod: Pod }>(all: readonly T[]): T | undefined =>
      all.find((one) => one.pod.spec?.nodeName === pod.spec?.nodeName) ?? (servers.length === 1 ? all[0] : undefined);
    const name = pod.metadata.name ?? "kube-apiserver";
    const manager = beside(managers)?.line;
    const scheduler = beside(schedulers)?.line;
    const facts: ControlPlaneFacts = {
      apiVersion: factsVersion,
      kind: "ControlPlaneFacts",
      metadata: { name },
      facts: {
        product: { value: "kubernetes", where: line.pod },
        ...apiServer(line, versionOf(pod)),
        ...profiling([line, manager, scheduler]),
        ...etcd(line, beside(stores)?.line),
        ...(manager === undefined ? {} : controllerManager(manager)),
        ...present({ schedulerBindAddress: scheduler?.or("bind-address", String, "0.0.0.0") }),
      },
    };
    const audit: AuditFacts = {
      apiVersion: factsVersion,
      kind: "AuditFacts",
      metadata: { name },
      facts: auditOf(line),
    };
    return [facts, audit];
  });
  return { objects, unread: [] };
}

type Facts = ControlPlaneFacts["facts"];

/** Without what is undefined. */
const present = <T extends object>(fields: { readonly [K in keyof T]: T[K] | undefined }): Partial<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;

const number = (text: string): number | undefined => (/^-?\d+$/.test(text) ? Number(text) : undefined);

const tlsVersion = (text: string): "TLS1.0" | "TLS1.1" | "TLS1.2" | "TLS1.3" | undefined =>
  text === "VersionTLS10"
    ? "TLS1.0"
    : text === "VersionTLS11"
      ? "TLS1.1"
      : text === "VersionTLS12"
        ? "TLS1.2"
        : text === "VersionTLS13"
          ? "TLS1.3"
          : undefined;

/** On in Kubernetes 1.36 without being asked for. */
const defaultPlugins = [
  "CertificateApproval",
  "CertificateSigning",
  "CertificateSubjectRestriction",
  "DefaultIngressClass",
  "DefaultStorageClass",
  "DefaultTolerationSeconds",
  "LimitRanger",
  "MutatingAdmissionWebhook",
  "NamespaceLifecycle",
  "PersistentVolumeClaimResize",
  "PodSecurity",
  "Priority",
  "ResourceQuota",
  "RuntimeClass",
  "ServiceAccount",
  "StorageObjectInUseProtection",
  "TaintNodesByCondition",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionWebhook",
];

function plugins(line: CommandLine): Seen<readonly string[]> {
  const more = line.list("enable-admission-plugins");
  const less = line.list("disable-admission-plugins");
  const off = new Set(less?.value);
  const value = [...new Set([...defaultPlugins, ...(more?.value ?? [])])].filter((plugin) => !off.has(plugin));
  const where = [more, less].flatMap((one) => (one === undefined ? [] : [one.where])).join("; ");
  return { value, where: where === "" ? `${line.pod}, --enable-admission-plugins is not given` : where };
}

function suites(line: CommandLine, version: Seen<string> | undefined): Seen<readonly string[]> | undefined {
  const given = line.list("tls-cipher-suites");
  if (given !== undefined) return given;
  const value = suitesOfVersion(version?.value);
  return value === undefined ? undefined : { value, where: `${line.pod}, --tls-cipher-suites is not given` };
}

/** The version that the API server's image is tagged with, as those of Kubernetes are. */
function versionOf(pod: Pod): Seen<string> | undefined {
  for (const { image = "" } of pod.spec?.containers ?? []) {
    const version = /\/kube-apiserver(?:-[a-z0-9]+)?:(v\d+\.\d+\.\d+[^@]*)/.exec(image)?.[1];
    if (version !== undefined) return { value: version, where: `the image ${image}` };
  }
  return undefined;
}

/** Whether every one of the flags is given: a certificate without its key is none. */
function all(line: CommandLine, ...flags: readonly string[]): Seen<boolean> {
  const missing = flags.find((flag) => (line.text(flag)?.value ?? "") === "");
  return missing === undefined
    ? { value: true, where: `${line.pod}, --${flags[0] ?? ""}` }
    : { value: false, where: `${line.pod}, --${missing} is not given` };
}

function apiServer(line: CommandLine, version: Seen<string> | undefined): Facts {
  const authorization = line.text("authorization-config");
  const extension = line.text("authentication-config");
  const insecure = line.text("insecure-port");
  const encryption = line.text("encryption-provider-config");
  return present<Facts>({
    // A file may narrow both down, or replace them; what it says is not seen here.
    anonymousAuth: extension === undefined ? line.flag("anonymous-auth", true) : undefined,
    authorizationModes:
      authorization === undefined
        ? line.or("authorization-mode", (text) => text.split(","), ["AlwaysAllow"])
        : undefined,
    admissionPlugins: plugins(line),
    tlsMinVersion: line.or("tls-min-version", tlsVersion, "TLS1.2"),
    tlsCipherSuites: suites(line, version),
    serverVersion: version,
    insecurePort: insecure === undefined ? undefined : line.or("insecure-port", number, 0),
    staticTokens: given(line, "token-auth-file"),
    basicAuth: given(line, "basic-auth-file"),
    serviceAccountLookup: line.flag("service-account-lookup", true),
    serviceAccountExtendTokens: line.flag("service-account-extend-token-expiration", true),
    serviceAccountTokenMaxSeconds:
      line.text("service-account-max-token-expiration") === undefined
        ? undefined
        : line.or("service-account-max-token-expiration", secondsOf, 0),
    // Which provider comes first stands in a file that is not seen here.
    encryptionAtRest:
      encryption === undefined || encryption.value === ""
        ? {
            value: { secrets: false, provider: "identity" },
            where: `${line.pod}, --encryption-provider-config is not given`,
          }
        : undefined,
    kubeletClientCertificate: all(line, "kubelet-client-certificate", "kubelet-client-key"),
    kubeletCertificateAuthority: all(line, "kubelet-certificate-authority"),
    servingCertificate: all(line, "tls-cert-file", "tls-private-key-file"),
    serviceAccountKey: serviceAccountKey(line),
    requestTimeoutSeconds: line.or("request-timeout", secondsOf, 60),
    listens: line.or("bind-address", (text) => [text], ["0.0.0.0"]),
  });
}

/** The key of the API server's own certificate stands in where no other is named. */
function serviceAccountKey(line: CommandLine): Seen<"own" | "serving"> {
  const named = line.text("service-account-key-file");
  if (named === undefined) return { value: "serving", where: `${line.pod}, --service-account-key-file is not given` };
  return { value: named.value === line.text("tls-private-key-file")?.value ? "serving" : "own", where: named.where };
}

const given = (line: CommandLine, flag: string): Seen<boolean> =>
  line.text(flag) === undefined
    ? { value: false, where: `${line.pod}, --${flag} is not given` }
    : { value: true, where: `${line.pod}, --${flag}` };

function profiling(lines: readonly (CommandLine | undefined)[]): Facts {
  const seen = lines.filter((line) => line !== undefined);
  const on = seen.filter((line) => line.flag("profiling", true).value);
  return {
    profiling: {
      value: on.map(({ pod }) => pod),
      where: (on.length === 0 ? seen : on).map((line) => line.flag("profiling", true).where).join("; "),
    },
  };
}

function etcd(server: CommandLine, store: CommandLine | undefined): Facts {
  const client = all(server, "etcd-cafile", "etcd-certfile", "etcd-keyfile");
  if (store === undefined) return { etcdTls: client };
  const checks = store.flag("client-cert-auth", false);
  const served = all(store, "cert-file", "key-file");
  const peers = all(store, "peer-cert-file", "peer-key-file");
  const peerChecks = store.flag("peer-client-cert-auth", false);
  const auto = [store.flag("auto-tls", false), store.flag("peer-auto-tls", false)];
  const listens = store.list("listen-client-urls");
  return {
    etcdTls: [client, served, checks].find(({ value }) => !value) ?? client,
    etcdPeerTls: [peers, peerChecks].find(({ value }) => !value) ?? peers,
    etcdAutoTls: auto.find(({ value }) => value) ?? { value: false, where: `${store.pod}, --auto-tls` },
    ...(listens === undefined ? {} : { etcdListens: listens }),
    ...present<Facts>({ etcdOwnAuthority: ownAuthority(server, store) }),
  };
}

/** Whether etcd trusts another authority than the one that signs the cluster's clients. */
function ownAuthority(server: CommandLine, store: CommandLine): Seen<boolean> | undefined {
  const trusted = store.text("trusted-ca-file");
  const clients = server.text("client-ca-file");
  if (trusted === undefined || clients === undefined) return undefined;
  return { value: trusted.value !== clients.value, where: `${trusted.where}; ${clients.where}` };
}

const controllerManager = (line: CommandLine): Facts =>
  present<Facts>({
    controllerManagerBindAddress: line.or("bind-address", String, "0.0.0.0"),
    useServiceAccountCredentials: line.flag("use-service-account-credentials", false),
    rootAuthority: all(line, "root-ca-file"),
  });

/** A log, or a webhook that takes it elsewhere; without a policy neither records anything. */
function auditOf(line: CommandLine): AuditFacts["facts"] {
  const policy = line.text("audit-policy-file");
  const log = line.text("audit-log-path");
  const webhook = line.text("audit-webhook-config-file");
  const enabled = policy !== undefined && (log !== undefined || webhook !== undefined);
  const missing = policy === undefined ? "audit-policy-file" : "audit-log-path";
  const where = enabled ? (log ?? webhook)?.where : `${line.pod}, --${missing} is not given`;
  return {
    enabled: { value: enabled, where: where ?? line.pod },
    shippedElsewhere: given(line, "audit-webhook-config-file"),
    // An API server of Kubernetes writes plain lines.
    chained: { value: false, where: line.pod },
    ...(log === undefined
      ? {}
      : present<AuditFacts["facts"]>({
          retentionDays: line.or("audit-log-maxage", number, 0),
          maxBackups: line.or("audit-log-maxbackup", number, 0),
          maxSizeMegabytes: line.or("audit-log-maxsize", number, 100),
        })),
  };
}
