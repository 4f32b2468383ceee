import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Log, type Pod, StatusError } from "@bulkhead/api";
import { type Client, type EventRecorder, resources } from "@bulkhead/client";
import { ConfigError } from "../config/config-error.ts";
import { containerConfig } from "../config/container.ts";
import { type EnvironmentFacts, environment } from "../config/environment.ts";
import { type DnsFacts, dnsConfig, hostNames, hostsFile, resolvFile } from "../config/names.ts";
import { sandboxConfig } from "../config/sandbox.ts";
import { type UnsupportedField, unsupportedFields, wantsHostPorts } from "../config/unsupported.ts";
import { hasUserNamespace, type UserNamespaceMode } from "../config/user-namespace.ts";
import type { MachineFacts } from "../containerd/machine.ts";
import type { CriClient } from "../cri/client.ts";
import { CriError } from "../cri/client.ts";
import type { CriSandboxConfig } from "../cri/schema.ts";
import { ImageError, type ImagePuller } from "../images/puller.ts";
import type { AdmitPod, NodeVerdict, PodRules } from "../ports.ts";
import { runHook } from "../probes/run.ts";
import { podLogFolder } from "../volumes/folders.ts";
import type { PodVolumes, VolumeFacts } from "../volumes/pod-volumes.ts";
import type { PodTokens } from "../volumes/tokens.ts";
import { cgroupParent } from "./cgroup-parent.ts";
import type { PodCgroups } from "./cgroups.ts";
import { latest, type PodRuntime, podName, podUid, usesHostNetwork } from "./model.ts";
import type { PodMemory, Step } from "./plan.ts";
import type { ObjectSource } from "./referenced-objects.ts";
import type { ResourceFacts } from "./resources.ts";
import { countCrash } from "./restart.ts";
import { rfc3339 } from "./status.ts";
import type { UserRanges } from "./user-ranges.ts";

/** Everything that steps work with. */
export interface Tools {
  readonly client: Client;
  readonly cri: CriClient;
  readonly rules: PodRules;
  readonly admit: AdmitPod;
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

export type StartFailureReason =
  | ImageError["reason"]
  | "CreateContainerConfigError"
  | "CreateContainerError"
  | "RunContainerError"
  | "PostStartHookError";

/** A container that could not be started: the reason that its status waits with. */
export class StartError extends Error {
  override readonly name = "StartError";
  readonly reason: StartFailureReason;

  constructor(reason: StartFailureReason, message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}

type Executor<K extends Step["do"]> = (
  tools: Tools,
  step: Extract<Step, { do: K }>,
  context: StepContext,
) => Promise<Partial<PodMemory>>;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const podOf = (context: StepContext): Pod => {
  if (context.pod === undefined) throw new ConfigError("MissingObject", "the pod is gone from the API");
  return context.pod;
};

const userRangeOf = (tools: Tools, uid: string): number | undefined => tools.ranges.known(uid);

const ipsOf = (tools: Tools, pod: Pod, runtime: PodRuntime): readonly string[] =>
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

const securityFacts = (tools: Tools, uid: string) => ({
  userRange: userRangeOf(tools, uid),
  apparmor: tools.settings.machine.apparmor,
  seccompFolder: tools.settings.seccompFolder,
});

function sandboxOf(tools: Tools, pod: Pod, attempt: number): CriSandboxConfig {
  const { settings } = tools;
  const { namespace = "", name = "", uid = "" } = pod.metadata;
  return sandboxConfig(pod, {
    ...securityFacts(tools, uid),
    attempt,
    hostname: hostNames(pod, settings.dns.clusterDomain, settings.nodeName).hostname,
    logFolder: podLogFolder(settings.root, { namespace, name, uid }),
    dns: dnsConfig(pod, settings.dns),
    cgroupParent: cgroupParent(settings.machine.cgroups, settings.cgroupRoot, pod),
  });
}

/** Ports of the host come from a CNI plugin of their own; without it they would be ignored in silence. */
async function unsupportedPorts(tools: Tools, pod: Pod): Promise<readonly UnsupportedField[]> {
  if (!wantsHostPorts(pod)) return [];
  const { info } = await tools.cri.call("Status", { verbose: true });
  if (/"type":\s*"portmap"/i.test(info["cniconfig"] ?? "")) return [];
  const says = "this node's network gives pods no ports of the host: publish a Service of type NodePort instead";
  return [{ field: "spec.containers[*].ports[*].hostPort", says }];
}

const admit: Executor<"admit"> = async (tools, { key }, context) => {
  const pod = podOf(context);
  const [cannot] = [...unsupportedFields(pod), ...(await unsupportedPorts(tools, pod))];
  if (cannot !== undefined) {
    const message = `Pod was rejected: ${cannot.field}: ${cannot.says}`;
    tools.events.event(pod, "Warning", "Unsupported", message);
    return { admission: { state: "refused", key, reason: "Unsupported", message, at: tools.now() } };
  }
  const verdict = await tools.admit(pod, { nodeName: tools.settings.nodeName, now: rfc3339(tools.now()) });
  switch (verdict.decision) {
    case "allow":
    case "warn":
      return { admission: { state: "allowed", key } };
    case "deny":
      return refuse(tools, pod, key, verdict);
  }
};

/** The reason as the pod's status, event and our log tell it: the deciding one, and how many more there are. */
function refuse(tools: Tools, pod: Pod, key: string, verdict: NodeVerdict): Partial<PodMemory> {
  const [because, ...more] = verdict.because;
  const says = because?.says ?? "the node's policy does not allow this pod";
  const remedy = because?.command === undefined ? "" : ` To allow it: ${because.command}`;
  const others = more.length === 0 ? "" : ` (and ${more.length} more)`;
  const message = `Pod was rejected: ${says.replace(/\.$/, "")}${others}.${remedy}`;
  tools.events.event(pod, "Warning", "NodePolicy", message);
  tools.log.warn({ pod: podName(pod), rule: because?.rule, field: because?.field }, "pod refused by the node's policy");
  return { admission: { state: "refused", key, reason: "NodePolicy", message, at: tools.now() } };
}

const makeSandbox: Executor<"make-sandbox"> = async (tools, { attempt }, context) => {
  const pod = podOf(context);
  try {
    if (hasUserNamespace(pod, tools.settings.userNamespaces)) await tools.ranges.take(context.uid);
    await tools.cgroups.ensure(pod);
    const config = sandboxOf(tools, pod, attempt);
    await mkdir(config.logDirectory ?? "", { recursive: true, mode: 0o755 });
    await tools.cri.call("RunPodSandbox", { config }, { timeout: 240_000 });
    // Another address: rules and files that name it are made anew.
    return { rulesFor: undefined, volumes: "unknown" };
  } catch (error) {
    tools.events.event(pod, "Warning", "FailedCreatePodSandBox", `Failed to create pod sandbox: ${messageOf(error)}`);
    throw error;
  }
};

const ensureRules: Executor<"ensure-rules"> = async (tools, { sandbox }, context) => {
  const pod = podOf(context);
  try {
    await tools.rules.ensure({
      uid: context.uid,
      namespace: context.namespace,
      name: context.name,
      labels: pod.metadata.labels ?? {},
      ips: sandbox.ips,
      hostInterface: sandbox.hostInterface,
      netns: sandbox.netns,
    });
  } catch (error) {
    tools.events.event(pod, "Warning", "NetworkNotReady", `packet rules are not in force: ${messageOf(error)}`);
    throw error;
  }
  return { rulesFor: sandbox.id, rulesRemoved: false };
};

const prepareVolumes: Executor<"prepare-volumes"> = async (tools, _step, context) => {
  const pod = podOf(context);
  const { dns, nodeName } = tools.settings;
  const names = hostNames(pod, dns.clusterDomain, nodeName);
  const facts = factsOf(tools, pod, context.runtime);
  try {
    await tools.volumes.prepare(
      pod,
      {
        hosts: hostsFile(pod, facts.podIps, names),
        hostname: `${names.hostname}\n`,
        resolv: resolvFile(dnsConfig(pod, dns)),
      },
      facts,
    );
  } catch (error) {
    tools.events.event(pod, "Warning", "FailedMount", `MountVolume.SetUp failed: ${messageOf(error)}`);
    throw error;
  }
  return { volumes: "ready" };
};

/** Runs a part of a start, and gives its failure the reason that belongs to it. */
async function part<T>(reason: StartFailureReason, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ImageError) throw new StartError(error.reason, error.message, error);
    throw new StartError(reason, messageOf(error), error);
  }
}

const startContainer: Executor<"start-container"> = async (tools, step, context) => {
  const pod = podOf(context);
  const { wanted, attempt, sandbox } = step;
  const { spec } = wanted;
  const { cri, events, volumes, settings } = tools;
  const failed = (error: unknown): never => {
    if (!(error instanceof StartError && error.cause instanceof ImageError)) {
      events.event(pod, "Warning", "Failed", `Error: ${messageOf(error)}`);
    }
    throw error;
  };
  try {
    const image = await part("ErrImagePull", () => tools.images.ensure(pod, spec, context.signal));
    const config = await part("CreateContainerConfigError", async () => {
      const facts = factsOf(tools, pod, context.runtime);
      const variables = await environment(pod, spec, {
        ...facts,
        services: tools.services(),
        masterServiceNamespace: "default",
      });
      const lookup = new Map(variables.map(({ key, value }) => [key, value]));
      const mounts = await volumes.mounts(pod, spec, attempt, { userRange: facts.userRange, variables: lookup });
      const targetName = "targetContainerName" in spec ? spec.targetContainerName : undefined;
      const target = targetName === undefined || targetName === "" ? undefined : latest(context.runtime, targetName);
      return containerConfig(pod, spec, {
        attempt,
        image,
        variables,
        mounts,
        target: target?.id,
        security: securityFacts(tools, context.uid),
        resources: settings.resources,
      });
    });
    const sandboxConfiguration = sandboxOf(tools, pod, sandbox.attempt);
    const folder = join(sandboxConfiguration.logDirectory ?? "", dirname(config.logPath ?? ""));
    await mkdir(folder, { recursive: true, mode: 0o755 });
    context.signal.throwIfAborted();
    const { containerId } = await part("CreateContainerError", () =>
      cri.call("CreateContainer", { podSandboxId: sandbox.id, config, sandboxConfig: sandboxConfiguration }),
    );
    events.event(pod, "Normal", "Created", `Created container: ${spec.name}`);
    await part("RunContainerError", () => cri.call("StartContainer", { containerId }));
    events.event(pod, "Normal", "Started", `Started container ${spec.name}`);
    await part("PostStartHookError", () => postStart(tools, context, step, containerId));
  } catch (error) {
    failed(error);
  }
  return startedAgain(context, step);
};

/** Remembers what the last exit counted for, so that the next one waits longer. */
function startedAgain(context: StepContext, { wanted }: Extract<Step, { do: "start-container" }>): Partial<PodMemory> {
  const before = latest(context.runtime, wanted.spec.name);
  if (before?.phase !== "exited") return {};
  const crashes = new Map(context.memory.crashes);
  crashes.set(wanted.spec.name, countCrash(crashes.get(wanted.spec.name), before));
  return { crashes };
}

const postStartTimeout = 120_000;

async function postStart(
  tools: Tools,
  context: StepContext,
  step: Extract<Step, { do: "start-container" }>,
  containerId: string,
): Promise<void> {
  const hook = step.wanted.spec.lifecycle?.postStart;
  if (hook === undefined) return;
  const pod = podOf(context);
  const target = { containerId, podIp: ipsOf(tools, pod, context.runtime)[0] ?? "", container: step.wanted.spec };
  const failure = await runHook(tools.cri, target, hook, postStartTimeout);
  if (failure === undefined) return;
  tools.events.event(pod, "Warning", "FailedPostStartHook", `PostStartHook failed: ${failure}`);
  const timeout = pod.spec?.terminationGracePeriodSeconds ?? 30;
  tools.events.event(pod, "Normal", "Killing", `FailedPostStartHook`);
  await tools.cri.call("StopContainer", { containerId, timeout }, { timeout: (timeout + 60) * 1000 });
  throw new StartError("PostStartHookError", `PostStartHook failed: ${failure}`);
}

const least = 2;

const stopContainer: Executor<"stop-container"> = async (tools, step, context) => {
  const { container, grace, wanted, message } = step;
  const begun = tools.now();
  if (context.pod !== undefined && message !== "") tools.events.event(context.pod, "Normal", "Killing", message);
  const hook = wanted?.spec.lifecycle?.preStop;
  if (hook !== undefined && wanted !== undefined && grace > 0 && container.phase === "running") {
    const podIp = context.pod === undefined ? "" : (ipsOf(tools, context.pod, context.runtime)[0] ?? "");
    const target = { containerId: container.id, podIp, container: wanted.spec };
    const failure = await runHook(tools.cri, target, hook, grace * 1000);
    if (failure !== undefined && context.pod !== undefined) {
      tools.events.event(context.pod, "Warning", "FailedPreStopHook", `PreStopHook failed: ${failure}`);
    }
  }
  const left = grace === 0 ? 0 : Math.max(least, grace - Math.floor((tools.now() - begun) / 1000));
  await gone(
    tools.cri.call("StopContainer", { containerId: container.id, timeout: left }, { timeout: (left + 120) * 1000 }),
  );
  return {};
};

/** What is gone already is as good as done. */
async function gone(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof CriError && error.code === "NotFound")) throw error;
  }
}

const removeContainer: Executor<"remove-container"> = async (tools, { id }) => {
  await gone(tools.cri.call("RemoveContainer", { containerId: id }));
  return {};
};

const releaseVolumes: Executor<"release-volumes"> = async (tools, _step, { uid }) => {
  await tools.volumes.release(uid);
  tools.tokens.forget(uid);
  return { volumes: "released" };
};

const removeRules: Executor<"remove-rules"> = async (tools, _step, { uid }) => {
  await tools.rules.remove(uid);
  return { rulesRemoved: true, rulesFor: undefined };
};

const stopSandbox: Executor<"stop-sandbox"> = async (tools, { id }) => {
  await gone(tools.cri.call("StopPodSandbox", { podSandboxId: id }));
  return {};
};

const removeSandbox: Executor<"remove-sandbox"> = async (tools, { id }) => {
  await gone(tools.cri.call("RemovePodSandbox", { podSandboxId: id }));
  return {};
};

const forget: Executor<"forget"> = async (tools, _step, context) => {
  const { uid, namespace, name } = context;
  await tools.cgroups.remove(uid);
  await tools.volumes.forget(uid);
  if (name !== "")
    await rm(podLogFolder(tools.settings.root, { namespace, name, uid }), { recursive: true, force: true });
  tools.ranges.release(uid);
  return { forgotten: true };
};

const finish: Executor<"finish"> = async (tools, _step, context) => {
  await context.flushStatus();
  try {
    await tools.client.delete(
      resources.pods,
      { namespace: context.namespace, name: context.name },
      { gracePeriodSeconds: 0, preconditions: { uid: context.uid } },
    );
  } catch (error) {
    // Gone, or another pod of that name: both mean that ours is.
    if (!(error instanceof StatusError && (error.reason === "NotFound" || error.reason === "Conflict"))) throw error;
  }
  return { finished: true };
};

const executors: { readonly [K in Step["do"]]: Executor<K> } = {
  admit,
  "make-sandbox": makeSandbox,
  "ensure-rules": ensureRules,
  "prepare-volumes": prepareVolumes,
  "start-container": startContainer,
  "stop-container": stopContainer,
  "remove-container": removeContainer,
  "release-volumes": releaseVolumes,
  "remove-rules": removeRules,
  "stop-sandbox": stopSandbox,
  "remove-sandbox": removeSandbox,
  forget,
  finish,
};

/** Runs one step and answers what is to be remembered of it. */
export function execute(tools: Tools, step: Step, context: StepContext): Promise<Partial<PodMemory>> {
  const run = executors[step.do] as (tools: Tools, step: Step, context: StepContext) => Promise<Partial<PodMemory>>;
  return run(tools, step, context);
}
