import type { KubeObject, NodePosture, Seen, SeenCertificate } from "@bulkhead/api";

/**
 * What no API object says, in the form of objects, so that controls read it as they read everything else. They live in
 * snapshots only and are never written to a cluster. Every field is optional: absent means that nobody could look, and a
 * control that needs it answers `unknown` (`needed` in view.ts); it never means "no".
 */

/** The API server and the control plane around it. */
export interface ControlPlaneFacts extends KubeObject {
  readonly facts: {
    readonly product?: Seen<"bulkhead" | "kubernetes">;
    readonly serverVersion?: Seen<string>;
    readonly anonymousAuth?: Seen<boolean>;
    readonly authorizationModes?: Seen<readonly string[]>;
    /** Those that are on, the server's own defaults included. */
    readonly admissionPlugins?: Seen<readonly string[]>;
    readonly tlsMinVersion?: Seen<"TLS1.0" | "TLS1.1" | "TLS1.2" | "TLS1.3">;
    readonly tlsCipherSuites?: Seen<readonly string[]>;
    readonly insecurePort?: Seen<number>;
    /** Addresses under /debug/pprof, of the API server, the controller manager or the scheduler: who answers there. */
    readonly profiling?: Seen<readonly string[]>;
    readonly staticTokens?: Seen<boolean>;
    readonly basicAuth?: Seen<boolean>;
    readonly serviceAccountLookup?: Seen<boolean>;
    readonly serviceAccountTokenMaxSeconds?: Seen<number>;
    readonly serviceAccountExtendTokens?: Seen<boolean>;
    readonly encryptionAtRest?: Seen<{
      readonly secrets: boolean;
      readonly provider: "identity" | "aescbc" | "aesgcm" | "secretbox" | "kms" | "bulkhead";
      /** Days since the key was last changed, where known. */
      readonly keyAgeDays?: number;
    }>;
    /** Whether the API server and etcd speak TLS with a certificate on both sides. */
    readonly etcdTls?: Seen<boolean>;
    readonly etcdPeerTls?: Seen<boolean>;
    /** Whether etcd makes its own certificates, which nobody can check. */
    readonly etcdAutoTls?: Seen<boolean>;
    /** Addresses that etcd takes clients on. */
    readonly etcdListens?: Seen<readonly string[]>;
    readonly kubeletClientCertificate?: Seen<boolean>;
    readonly kubeletCertificateAuthority?: Seen<boolean>;
    /** The certificate that the API server shows was given to it; otherwise it made one itself. */
    readonly servingCertificate?: Seen<boolean>;
    /** By what tokens of ServiceAccounts are verified: a key for that, or that of the API server's own certificate. */
    readonly serviceAccountKey?: Seen<"own" | "serving">;
    /** Pods are given the authority to check the API server by. */
    readonly rootAuthority?: Seen<boolean>;
    /** etcd trusts another authority than the one of the cluster's clients. */
    readonly etcdOwnAuthority?: Seen<boolean>;
    readonly requestTimeoutSeconds?: Seen<number>;
    readonly controllerManagerBindAddress?: Seen<string>;
    readonly schedulerBindAddress?: Seen<string>;
    readonly useServiceAccountCredentials?: Seen<boolean>;
    /** Addresses that the API server listens on. */
    readonly listens?: Seen<readonly string[]>;
    /** Groups of client certificates that were used lately: `system:masters` wants to be none. */
    readonly mastersUsed?: Seen<boolean>;
    readonly certificates?: readonly SeenCertificate[];
  };
}

/** One node: machine, kernel, kubelet and runtime. The name is the Node's. */
export interface NodeFacts extends KubeObject {
  readonly facts: NodePosture & {
    /** Whose agent runs pods here: Kubernetes' kubelet, or ours. */
    readonly product?: Seen<"bulkhead" | "kubernetes">;
    readonly kubeletVersion?: Seen<string>;
    readonly seccompDefault?: Seen<boolean>;
    readonly kubelet?: Seen<{
      readonly anonymousAuth?: boolean;
      readonly authorizationMode?: "AlwaysAllow" | "Webhook";
      readonly readOnlyPort?: number;
      readonly rotateCertificates?: boolean;
      readonly protectKernelDefaults?: boolean;
      readonly makeIPTablesUtilChains?: boolean;
      readonly eventRecordQPS?: number;
      readonly tlsMinVersion?: string;
      readonly streamingConnectionIdleTimeoutSeconds?: number;
      readonly podPidsLimit?: number;
      readonly seccompDefault?: boolean;
      /** It made the certificate that it shows itself. */
      readonly ownServingCertificate?: boolean;
      /** It knows an authority for its callers' certificates. */
      readonly clientAuthority?: boolean;
      readonly tlsCipherSuites?: readonly string[];
    }>;
  };
}

/** A registry that the cluster pulls from and is run with it. */
export interface RegistryFacts extends KubeObject {
  readonly facts: {
    readonly address?: Seen<string>;
    readonly tls?: Seen<boolean>;
    readonly anonymousPull?: Seen<boolean>;
    readonly anonymousPush?: Seen<boolean>;
    readonly tokenAuthentication?: Seen<boolean>;
    readonly deletesAllowed?: Seen<boolean>;
    readonly pushesAudited?: Seen<boolean>;
    readonly listens?: Seen<readonly string[]>;
    /** Mirrors and other registries reached, with how. */
    readonly remotes?: Seen<
      readonly {
        readonly host: string;
        readonly plainHttp: boolean;
        readonly skipsVerification: boolean;
        readonly mirrorOf?: string;
      }[]
    >;
  };
}

/** Backups of the cluster's state. `no backup`: there is none of which it could be said. */
export interface BackupFacts extends KubeObject {
  readonly facts: {
    readonly configured?: Seen<boolean>;
    /** RFC 3339, or `no backup`. */
    readonly lastSuccess?: Seen<string>;
    /** RFC 3339, `never` or `no backup`. */
    readonly lastRestoreTest?: Seen<string>;
    readonly encrypted?: Seen<boolean | "no backup">;
    readonly elsewhere?: Seen<boolean | "no backup">;
    readonly keysBackedUpApart?: Seen<boolean | "no backup">;
  };
}

/** The audit log. */
export interface AuditFacts extends KubeObject {
  readonly facts: {
    readonly enabled?: Seen<boolean>;
    readonly chained?: Seen<boolean>;
    readonly verified?: Seen<{ readonly ok: boolean; readonly at: string }>;
    readonly checkpointsExported?: Seen<boolean>;
    /** 0: no record is thrown away for its age. */
    readonly retentionDays?: Seen<number>;
    /** Of one file; 0: without a limit. */
    readonly maxSizeMegabytes?: Seen<number>;
    /** Files that are kept; 0: all of them. */
    readonly maxBackups?: Seen<number>;
    readonly policy?: Seen<{
      readonly catchAllNone: boolean;
      readonly logsSecretBodies: boolean;
      readonly omitsSecretAccess: boolean;
    }>;
    readonly shippedElsewhere?: Seen<boolean>;
    readonly failClosed?: Seen<boolean>;
  };
}

export const factsVersion = "facts.bulkhead.dev/v1";
