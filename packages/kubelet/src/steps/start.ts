import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Pod } from "@bulkhead/api";
import { containerConfig } from "../config/container.ts";
import { environment } from "../config/environment.ts";
import { ImageError, type PresentImage } from "../images/puller.ts";
import { digestOf } from "../images/reference.ts";
import type { PodMemory, Step } from "../plan/steps.ts";
import { latest, podName } from "../pod/model.ts";
import { countCrash } from "../pod/restart.ts";
import { runHook } from "../probes/run.ts";
import { reasonOf } from "./admit.ts";
import { sandboxOf } from "./birth.ts";
import {
  type Executor,
  factsOf,
  ipsOf,
  messageOf,
  podOf,
  type StepContext,
  securityFacts,
  type Tools,
} from "./tools.ts";

/** A container that may not start (yet): no failure, and asked about again. */
export type HeldReason = "ImageScanPending" | "ImageRefused";

export type StartFailureReason =
  | ImageError["reason"]
  | HeldReason
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

const heldReasons: readonly string[] = ["ImageScanPending", "ImageRefused"] satisfies HeldReason[];
export const isHeld = (reason: string): reason is HeldReason => heldReasons.includes(reason);

/** Runs a part of a start, and gives its failure the reason that belongs to it. */
async function part<T>(reason: StartFailureReason, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ImageError) throw new StartError(error.reason, error.message, error);
    if (error instanceof StartError) throw error;
    throw new StartError(reason, messageOf(error), error);
  }
}

export const startContainer: Executor<"start-container"> = async (tools, step, context) => {
  const pod = podOf(context);
  const { wanted, attempt, sandbox } = step;
  const { spec } = wanted;
  const { cri, events, volumes, settings } = tools;
  const failed = (error: unknown): never => {
    if (!(error instanceof StartError && (error.cause instanceof ImageError || isHeld(error.reason)))) {
      events.event(pod, "Warning", "Failed", `Error: ${messageOf(error)}`);
    }
    throw error;
  };
  try {
    const image = await part("ErrImagePull", () => tools.images.ensure(pod, spec, context.signal));
    await part("CreateContainerConfigError", () => askAboutImage(tools, context, step, image));
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

/** `spec.containers[0]` of a wanted container. */
function pathOf(pod: Pod, name: string): string {
  for (const list of ["initContainers", "containers", "ephemeralContainers"] as const) {
    const at = (pod.spec?.[list] ?? []).findIndex((each) => each.name === name);
    if (at >= 0) return `spec.${list}[${at}]`;
  }
  return "spec.containers";
}

/** What is in the image has a say too, now that its bytes are here. */
async function askAboutImage(
  tools: Tools,
  context: StepContext,
  { wanted: { spec } }: Extract<Step, { do: "start-container" }>,
  present: PresentImage,
): Promise<void> {
  const pod = podOf(context);
  const image = spec.image ?? "";
  const verdict = await tools.admitImage(pod, {
    field: `${pathOf(pod, spec.name)}.image`,
    image,
    digest: digestOf(image, present.repoDigests),
  });
  const says = reasonOf(verdict.because);
  switch (verdict.decision) {
    case "allow":
      return;
    case "warn":
      tools.events.event(pod, "Warning", "ImagePolicy", says);
      return;
    case "hold":
      tools.events.event(pod, "Normal", "ImageScanPending", `Container ${spec.name} waits: ${says}`);
      throw new StartError("ImageScanPending", says);
    case "deny":
      tools.events.event(pod, "Warning", "ImageRefused", `Container ${spec.name} was not started: ${says}`);
      tools.log.warn(
        { pod: podName(pod), image, rule: verdict.because[0]?.rule },
        "an image was refused for its content",
      );
      throw new StartError("ImageRefused", says);
  }
}

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
