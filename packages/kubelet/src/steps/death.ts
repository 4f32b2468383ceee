import { rm } from "node:fs/promises";
import { StatusError } from "@bulkhead/api";
import { resources } from "@bulkhead/client";
import { CriError } from "../cri/client.ts";
import { mayCall } from "../pod/admission-key.ts";
import { runHook } from "../probes/run.ts";
import { podLogFolder } from "../volumes/folders.ts";
import { type Executor, ipsOf } from "./tools.ts";

const least = 2;

export const stopContainer: Executor<"stop-container"> = async (tools, step, context) => {
  const { container, grace, wanted, message } = step;
  const begun = tools.now();
  if (context.pod !== undefined && message !== "") tools.events.event(context.pod, "Normal", "Killing", message);
  const hook = wanted?.spec.lifecycle?.preStop;
  const callable = context.pod === undefined || mayCall(context.pod, context.memory.admission);
  if (hook !== undefined && wanted !== undefined && grace > 0 && container.phase === "running" && callable) {
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

export const removeContainer: Executor<"remove-container"> = async (tools, { id }) => {
  await gone(tools.cri.call("RemoveContainer", { containerId: id }));
  return {};
};

export const releaseVolumes: Executor<"release-volumes"> = async (tools, _step, { uid }) => {
  await tools.volumes.release(uid);
  tools.tokens.forget(uid);
  return { volumes: "released" };
};

export const removeRules: Executor<"remove-rules"> = async (tools, _step, { uid }) => {
  await tools.rules.remove(uid);
  return { rulesRemoved: true, rulesFor: undefined };
};

export const stopSandbox: Executor<"stop-sandbox"> = async (tools, { id }) => {
  await gone(tools.cri.call("StopPodSandbox", { podSandboxId: id }));
  return {};
};

export const removeSandbox: Executor<"remove-sandbox"> = async (tools, { id }) => {
  await gone(tools.cri.call("RemovePodSandbox", { podSandboxId: id }));
  return {};
};

export const forget: Executor<"forget"> = async (tools, _step, context) => {
  const { uid, namespace, name } = context;
  await tools.cgroups.remove(uid);
  await tools.volumes.forget(uid);
  if (name !== "")
    await rm(podLogFolder(tools.settings.root, { namespace, name, uid }), { recursive: true, force: true });
  tools.ranges.release(uid);
  return { forgotten: true };
};

export const finish: Executor<"finish"> = async (tools, _step, context) => {
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
