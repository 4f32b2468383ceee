import { mkdir } from "node:fs/promises";
import type { Pod } from "@bulkhead/api";
import { dnsConfig, hostNames, hostsFile, resolvFile } from "../config/names.ts";
import { sandboxConfig } from "../config/sandbox.ts";
import { hasUserNamespace } from "../config/user-namespace.ts";
import type { CriSandboxConfig } from "../cri/schema.ts";
import { cgroupParent } from "../pod/cgroup-parent.ts";
import { podLogFolder } from "../volumes/folders.ts";
import { type Executor, factsOf, messageOf, podOf, securityFacts, type Tools } from "./tools.ts";

/** The sandbox's configuration, the same at its making and with each container. */
export function sandboxOf(tools: Tools, pod: Pod, attempt: number): CriSandboxConfig {
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

export const makeSandbox: Executor<"make-sandbox"> = async (tools, { attempt }, context) => {
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

export const ensureRules: Executor<"ensure-rules"> = async (tools, { sandbox }, context) => {
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

export const prepareVolumes: Executor<"prepare-volumes"> = async (tools, _step, context) => {
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
