import type { Log, Pod } from "@bulkhead/api";
import type { Client, EventRecorder } from "@bulkhead/client";
import { ConfigError } from "../config/config-error.ts";
import type { EnvironmentFacts } from "../config/environment.ts";
import type { DnsFacts } from "../config/names.ts";
import type { UserNamespaceMode } from "../config/user-namespace.ts";
import type { MachineFacts } from "../containerd/machine.ts";
import type { CriClient } from "../cri/client.ts";
import type { ImagePuller } from "../images/puller.ts";
import type { PodMemory, Step } from "../plan/steps.ts";
import type { PodCgroups } from "../pod/cgroups.ts";
import { type PodRuntime, podUid, usesHostNetwork } from "../pod/model.ts";
import type { ObjectSource } from "../pod/referenced-objects.ts";
import type { ResourceFacts } from "../pod/resources.ts";
import type { UserRanges } from "../pod/user-ranges.ts";
import type { AdmitImage, AdmitPod, PodRules } from "../ports.ts";
import type { PodVolumes, VolumeFacts } from "../volumes/pod-volumes.ts";
import type { PodTokens } from "../volumes/tokens.ts";

/** Everything that steps work with. */
export interface Tools {
  readonly client: Client;
  readonly cri: CriClient;
  readonly rules: PodRules;
  readonly admit: AdmitPod;
  readonly admitImage: AdmitImage;
  readonly volumes: PodVolumes;
  readonly images: ImagePuller;
  readonly tokens: PodTokens;
  readonly objects: ObjectSource;
  readonly ranges: UserRanges;
  readonly cgroups: PodCgroups;
  readonly events: EventRecorder;
  readonly log: Log;
  readonly now: () => number;
  readonly services: () => EnvironmentFacts["services"];
  readonly settings: NodeSettings;
}

/** What pods are told about their node. */
interface NodeSettings {
  readonly nodeName: string;
  readonly root: string;
  readonly cgroupRoot: string;
  readonly hostIps: readonly string[];
  readonly allocatable: Readonly<Record<string, string | number>>;
  readonly dns: DnsFacts;
  readonly seccompFolder: string;
  readonly userNamespaces: UserNamespaceMode;
  readonly machine: MachineFacts;
  readonly resources: ResourceFacts;
  /** What the runtime can give, `net_admin`; undefined: not known. */
  readonly capabilities: ReadonlySet<string> | undefined;
}

/** A step's surroundings. */
export interface StepContext {
  /** undefined when the API has no such pod. */
  readonly pod: Pod | undefined;
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly memory: PodMemory;
  readonly runtime: PodRuntime;
  /** Aborts when the pod is to die. */
  readonly signal: AbortSignal;
  /** What the API must know of the pod before it is gone. */
  readonly flushStatus: () => Promise<void>;
}

/** Runs one kind of step and answers what is to be remembered of it. */
export type Executor<K extends Step["do"]> = (
  tools: Tools,
  step: Extract<Step, { do: K }>,
  context: StepContext,
) => Promise<Partial<PodMemory>>;

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export const podOf = (context: StepContext): Pod => {
  if (context.pod === undefined) throw new ConfigError("MissingObject", "the pod is gone from the API");
  return context.pod;
};

const userRangeOf = (tools: Tools, uid: string): number | undefined => tools.ranges.known(uid);

export const ipsOf = (tools: Tools, pod: Pod, runtime: PodRuntime): readonly string[] =>
  usesHostNetwork(pod) ? tools.settings.hostIps : (runtime.sandboxes.find(({ ready }) => ready)?.ips ?? []);

/** What volumes and variables may read. */
export function factsOf(tools: Tools, pod: Pod, runtime: PodRuntime): VolumeFacts {
  return {
    podIps: ipsOf(tools, pod, runtime),
    hostIps: tools.settings.hostIps,
    allocatable: tools.settings.allocatable,
    objects: tools.objects.of(pod.metadata.namespace ?? ""),
    token: (audience, seconds) => tools.tokens.get(pod, audience, seconds),
    userRange: userRangeOf(tools, podUid(pod)),
  };
}

export const securityFacts = (tools: Tools, uid: string) => ({
  userRange: userRangeOf(tools, uid),
  apparmor: tools.settings.machine.apparmor,
  seccompFolder: tools.settings.seccompFolder,
});
