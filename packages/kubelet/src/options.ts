import type { Log } from "@bulkhead/api";
import type { Client, EventRecorder } from "@bulkhead/client";
import type { UserNamespaceMode } from "./config/user-namespace.ts";
import type { MachineFacts } from "./containerd/machine.ts";
import type { ImageThresholds } from "./images/collector.ts";
import type { RegistryCredential } from "./images/credentials.ts";
import type { PullUnderWay } from "./images/puller.ts";
import type { LogLimits } from "./logs/rotate.ts";
import type { AdmitImage, AdmitPod, PodRules } from "./ports.ts";

/** The agent's own port: HTTPS that only the API server's certificate opens. */
export interface ServingOptions {
  /** PEM. */
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /** PEM: what a client's certificate must lead to. */
  readonly clientCa: string | Buffer;
  /** Common names of certificates that may call. */
  readonly clientNames: readonly string[];
  /** Default 127.0.0.1. */
  readonly address?: string;
  /** 0 for any free one. */
  readonly port: number;
  /** What `/metrics` says, in the Prometheus text form; default nothing. */
  readonly metrics?: () => string;
  /** Takes what the API server tells of identities, as it came: a JSON value. Absent: 404. */
  readonly identitySignal?: (report: unknown) => void;
}

export interface KubeletOptions {
  /** With this node's identity, `system:node:NAME`. */
  readonly client: Client;
  readonly nodeName: string;
  /** The agent's own folder for pods and logs. Every folder above it must be open (o+x) to pods' mapped users. */
  readonly root: string;
  /** containerd's socket. */
  readonly criSocket: string;
  readonly podRules: PodRules;
  readonly admit: AdmitPod;
  /** Absent: every image that could be pulled starts. */
  readonly admitImage?: AdmitImage;
  /** Absent: no logs, exec, attach or port-forward through this agent. */
  readonly serving?: ServingOptions;
  /** Addresses of the cluster's DNS. */
  readonly clusterDns: readonly string[];
  /** Default `cluster.local`. */
  readonly clusterDomain?: string;
  /** The machine's credentials for registries. */
  readonly registries?: readonly RegistryCredential[];
  readonly log: Log;
  /** Default: recorded through `client`. */
  readonly events?: EventRecorder;
  /** Milliseconds since the epoch; default Date.now. */
  readonly now?: () => number;
  /** Default: the machine's addresses that are not loopback. */
  readonly hostIps?: readonly string[];
  /** Default: looked at. */
  readonly machine?: MachineFacts;
  /** Host ids for pods' user namespaces: 65,536 for each of `count` pods from `first` on. Default 536,870,912 and 4,096. */
  readonly userRanges?: { readonly first: number; readonly count: number };
  /** Default `unless-host-users`. */
  readonly userNamespaces?: UserNamespaceMode;
  /** Capabilities that the runtime holds (`net_admin`): a pod that adds another is refused. Absent: none is. */
  readonly capabilities?: ReadonlySet<string>;
  /** Name of the control group that holds all pods; default `bulkhead`. */
  readonly cgroupRoot?: string;
  /** Processes and threads a pod may have; default 4,096. */
  readonly podPidsLimit?: number;
  /** Default 110. */
  readonly maxPods?: number;
  /** Kept from pods, as quantities; default `{ cpu: "100m", memory: "256Mi" }`. */
  readonly reserved?: Readonly<Record<string, string>>;
  readonly logLimits?: LogLimits;
  readonly imageThresholds?: ImageThresholds;
  /** Where Localhost seccomp profiles lie; default `ROOT/seccomp`. */
  readonly seccompFolder?: string;
  /** Labels of the Node beside the well-known ones. */
  readonly nodeLabels?: Readonly<Record<string, string>>;
  /** `spec.podCIDRs` of the Node. */
  readonly podCidrs?: readonly string[];
  /** As the Node's kubeletVersion; default `v1.36.0-bulkhead`. */
  readonly version?: string;
  /** Milliseconds between two whole looks at the runtime; default 10,000. */
  readonly relistEvery?: number;
  /** Milliseconds between two looks at ConfigMaps, Secrets and the like; default 60,000. */
  readonly refreshEvery?: number;
  /** Milliseconds between two measures of what limited pods use of the disk; default 10,000. */
  readonly storageEvery?: number;
}

/** A running agent. */
export interface Kubelet {
  /** Where the agent's port really listens; undefined without `serving`. */
  readonly port: number | undefined;
  /** Resolves when the Node is registered and the first pods are known. */
  readonly ready: Promise<void>;
  /** New certificates for the agent's port; streams that are open go on. */
  renewServing(material: Pick<ServingOptions, "cert" | "key" | "clientCa">): void;
  /** The images that are being pulled now. */
  pulls(): readonly PullUnderWay[];
  /** More is known of images, or policies changed: containers that wait for an answer ask again now. */
  imagesChanged(): void;
  /** Ends the agent and nothing else: pods go on. */
  close(): Promise<void>;
}
