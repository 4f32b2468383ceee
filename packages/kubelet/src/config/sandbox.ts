import type { Pod } from "@bulkhead/api";
import { type CriPortMapping, type CriSandboxConfig, protocols, securityProfileType } from "../cri/schema.ts";
import { podUid, usesHostNetwork } from "../pod/model.ts";
import type { ResolvConf } from "./names.ts";
import { namespaceOptions, type SecurityFacts } from "./security.ts";

/** Labels by which sandboxes and containers are found again. Upstream's names, which crictl understands. */
export const labels = {
  podName: "io.kubernetes.pod.name",
  podNamespace: "io.kubernetes.pod.namespace",
  podUid: "io.kubernetes.pod.uid",
  containerName: "io.kubernetes.container.name",
} as const;

export interface SandboxFacts extends SecurityFacts {
  readonly attempt: number;
  readonly hostname: string;
  readonly logFolder: string;
  readonly dns: ResolvConf;
  readonly cgroupParent: string;
}

export const podLabels = (pod: Pod): Record<string, string> => ({
  [labels.podName]: pod.metadata.name ?? "",
  [labels.podNamespace]: pod.metadata.namespace ?? "",
  [labels.podUid]: podUid(pod),
});

const hostPorts = (pod: Pod): CriPortMapping[] =>
  [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])].flatMap(({ ports }) =>
    (ports ?? [])
      .filter(({ hostPort }) => hostPort !== undefined && hostPort > 0)
      .map(({ containerPort, hostPort, hostIP, protocol }) => ({
        protocol: protocols[(protocol ?? "TCP") as keyof typeof protocols],
        containerPort,
        hostPort,
        hostIp: hostIP ?? "",
      })),
  );

/** The sandbox's configuration; CRI wants the same again with every container. */
export function sandboxConfig(pod: Pod, facts: SandboxFacts): CriSandboxConfig {
  const shared = pod.spec?.securityContext;
  const privileged = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])].some(
    ({ securityContext }) => securityContext?.privileged === true,
  );
  return {
    metadata: {
      name: pod.metadata.name ?? "",
      namespace: pod.metadata.namespace ?? "",
      uid: podUid(pod),
      attempt: facts.attempt,
    },
    hostname: usesHostNetwork(pod) ? "" : facts.hostname,
    logDirectory: facts.logFolder,
    dnsConfig: facts.dns,
    portMappings: usesHostNetwork(pod) ? [] : hostPorts(pod),
    labels: podLabels(pod),
    linux: {
      cgroupParent: facts.cgroupParent,
      securityContext: {
        namespaceOptions: namespaceOptions(pod, facts),
        privileged,
        seccomp: { profileType: securityProfileType.RuntimeDefault },
        ...(facts.apparmor && !privileged ? { apparmor: { profileType: securityProfileType.RuntimeDefault } } : {}),
        ...(shared?.runAsUser === undefined ? {} : { runAsUser: { value: shared.runAsUser } }),
        ...(shared?.runAsUser === undefined || shared.runAsGroup === undefined
          ? {}
          : { runAsGroup: { value: shared.runAsGroup } }),
        readonlyRootfs: true,
      },
      sysctls: Object.fromEntries((shared?.sysctls ?? []).map(({ name, value }) => [name, value])),
    },
  };
}
