/**
 * @bulkhead/kubelet: pods on this machine. What is wanted (an informer) and what is (CRI) go into a pure plan; its steps
 * are run by one executor each; then it looks again.
 */

export type { UserNamespaceMode } from "./config/user-namespace.ts";
export { type CgroupFacts, type CgroupSetup, cgroupSetup, probeCgroups } from "./containerd/cgroup-driver.ts";
export {
  type ContainerdConfigOptions,
  containerdConfig,
  type RegistryHostOptions,
  type RegistryServer,
  registryHostsToml,
} from "./containerd/config.ts";
export { canMapOwners, type MachineFacts, probeMachine } from "./containerd/machine.ts";
export { type CriClient, CriError, createCriClient } from "./cri/client.ts";
export type { ImageThresholds } from "./images/collector.ts";
export type { RegistryCredential } from "./images/credentials.ts";
export type { PullUnderWay } from "./images/puller.ts";
export { startKubelet } from "./kubelet.ts";
export type { LogLimits } from "./logs/rotate.ts";
export type { Kubelet, KubeletOptions, ServingOptions } from "./options.ts";
export { removePodCgroups } from "./pod/cgroups.ts";
export type {
  AdmitFacts,
  AdmitImage,
  AdmitPod,
  ImageStartVerdict,
  NodeVerdict,
  PodLink,
  PodRules,
  StartingImage,
} from "./ports.ts";
