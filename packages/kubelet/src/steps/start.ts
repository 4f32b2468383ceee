import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { containerConfig } from "../config/container.ts";
import { environment } from "../config/environment.ts";
import { ImageError } from "../images/puller.ts";
import type { PodMemory, Step } from "../plan/steps.ts";
import { latest } from "../pod/model.ts";
import { countCrash } from "../pod/restart.ts";
import { runHook } from "../probes/run.ts";
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

/** Runs a part of a start, and gives its failure the reason that belongs to it. */
async function part<T>(reason: StartFailureReason, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ImageError) throw new StartError(error.reason, error.message, error);
    throw new StartError(reason, messageOf(error), error);
  }
}

export const startContainer: Executor<"start-container"> = async (tools, step, context) => {
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
