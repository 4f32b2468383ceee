import type { Seen } from "@bulkhead/api";
import { type AuditFacts, type ControlPlaneFacts, factsVersion, type RegistryFacts } from "../snapshot/facts.ts";

/** A request as the audit policy is asked about it. */
export interface AuditProbe {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace: string;
}

/** What an instance of Bulkhead was made with, and what only its own packages can answer. */
export interface BulkheadInstance {
  readonly nodeName: string;
  readonly defaults: "bulkhead" | "kubernetes";
  readonly listen: string;
  readonly registryPort: number;
  /** No containers run, so that there is no registry either. */
  readonly onlyApiserver: boolean;
  /** The file that this was read from. */
  readonly where: string;
  /** The level of a request in the audit policy that is in force: the policy's own answer. */
  readonly auditLevel: (probe: AuditProbe) => "None" | "Metadata" | "Request" | "RequestResponse";
  /** Registries that settings exist for (registries.json); absent: the file cannot be read. */
  readonly remotes?: RegistryFacts["facts"]["remotes"];
  readonly certificates?: ControlPlaneFacts["facts"]["certificates"];
  /** Days since the key that Secrets are sealed with was made or changed; absent: nobody looked. */
  readonly keyAgeDays?: number;
  /** When the chain of the audit log was last verified, and whether it held; absent: nobody did. */
  readonly verified?: AuditFacts["facts"]["verified"];
  /** Whether a checkpoint of it was taken out lately; absent: nobody may know. */
  readonly checkpointsExported?: AuditFacts["facts"]["checkpointsExported"];
  /** Whether somebody worked as system:masters lately; absent: nobody looked. */
  readonly mastersUsed?: ControlPlaneFacts["facts"]["mastersUsed"];
}

const built = "built into Bulkhead";
const fixed = <T>(value: T): Seen<T> => ({ value, where: built });

/** Plugins of admission that stand in every instance, by the names that Kubernetes has for what they do. */
const plugins = ["NamespaceLifecycle", "ServiceAccount", "NodeRestriction", "Priority", "PodSecurity"];
const safePlugins = ["OwnerReferencesPermissionEnforcement", "DenyServiceExternalIPs"];

/**
 * What follows from how Bulkhead is built, and from what one instance was made with. Only what cannot be otherwise in any
 * instance is said to be built in; what depends on keys, time or use is absent unless it was handed in.
 */
export function factsOfInstance(
  instance: BulkheadInstance,
): readonly (ControlPlaneFacts | RegistryFacts | AuditFacts)[] {
  const { nodeName, where } = instance;
  const of = <K extends string, F>(kind: K, facts: F) => ({
    apiVersion: factsVersion,
    kind,
    metadata: { name: nodeName },
    facts,
  });
  return [
    of("ControlPlaneFacts", controlPlane(instance, where)) satisfies ControlPlaneFacts,
    of("AuditFacts", audit(instance)) satisfies AuditFacts,
    ...(instance.onlyApiserver ? [] : [of("RegistryFacts", registry(instance, where)) satisfies RegistryFacts]),
  ];
}

const controlPlane = (
  { defaults, listen, certificates, keyAgeDays, mastersUsed }: BulkheadInstance,
  where: string,
): ControlPlaneFacts["facts"] => ({
  product: fixed("bulkhead"),
  anonymousAuth: fixed(true),
  authorizationModes: fixed(["Node", "RBAC"]),
  admissionPlugins: {
    value: defaults === "bulkhead" ? [...plugins, ...safePlugins] : plugins,
    where: `${where}, defaults: ${defaults}`,
  },
  tlsMinVersion: fixed("TLS1.2"),
  staticTokens: fixed(false),
  basicAuth: fixed(false),
  serviceAccountLookup: fixed(true),
  serviceAccountExtendTokens: fixed(false),
  encryptionAtRest: fixed({
    secrets: true,
    provider: "bulkhead",
    ...(keyAgeDays === undefined ? {} : { keyAgeDays }),
  }),
  kubeletClientCertificate: fixed(true),
  kubeletCertificateAuthority: fixed(true),
  servingCertificate: fixed(true),
  serviceAccountKey: fixed("own"),
  rootAuthority: fixed(true),
  useServiceAccountCredentials: fixed(true),
  listens: { value: [listen], where },
  ...(certificates === undefined ? {} : { certificates }),
  ...(mastersUsed === undefined ? {} : { mastersUsed }),
});

/** A kind that no policy can name, and Secrets. */
function audit({ auditLevel, verified, checkpointsExported }: BulkheadInstance): AuditFacts["facts"] {
  const stranger = { group: "example.invalid", resource: "strangers", namespace: "default" };
  const secrets = { group: "", resource: "secrets", namespace: "default" };
  const levels = ["get", "list", "watch", "create", "update", "patch"].map((verb) => auditLevel({ ...secrets, verb }));
  return {
    enabled: fixed(true),
    chained: fixed(true),
    // Nothing is thrown away; what is, is signed away by a person.
    retentionDays: fixed(0),
    maxSizeMegabytes: fixed(0),
    maxBackups: fixed(0),
    policy: fixed({
      catchAllNone: auditLevel({ ...stranger, verb: "create" }) === "None",
      logsSecretBodies: levels.some((level) => level === "Request" || level === "RequestResponse"),
      omitsSecretAccess: levels.slice(0, 3).includes("None"),
    }),
    ...(verified === undefined ? {} : { verified }),
    ...(checkpointsExported === undefined ? {} : { checkpointsExported }),
  };
}

const registry = ({ registryPort, remotes }: BulkheadInstance, where: string): RegistryFacts["facts"] => ({
  address: { value: `127.0.0.1:${registryPort}`, where },
  tls: fixed(true),
  anonymousPull: fixed(false),
  anonymousPush: fixed(false),
  tokenAuthentication: fixed(true),
  deletesAllowed: fixed(true),
  pushesAudited: fixed(true),
  listens: { value: [`127.0.0.1:${registryPort}`], where },
  ...(remotes === undefined ? {} : { remotes }),
});
