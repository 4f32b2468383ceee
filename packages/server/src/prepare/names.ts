import { join } from "node:path";
import type { InstanceConfig, InstancePaths } from "@bulkhead/host";

/** The issuer of every token of an instance, and what its tokens are for unless said. */
export const tokenIssuer = "https://kubernetes.default.svc";

/** The image whose one program holds a pod's namespaces; made on the spot from Debian's catatonit. */
export const pauseImage = "bulkhead.dev/pause:1";

/** containerd's own socket. */
export const containerdSocket = (paths: InstancePaths): string => join(paths.run, "containerd.sock");

/** Where the agent tells the DNS process the cluster's names. */
export const dnsSocket = (paths: InstancePaths): string => join(paths.run, "dns", "records.sock");

/** Where the agent lends image workers to the controllers. */
export const lentWorkerSocket = (paths: InstancePaths): string => join(paths.run, "lent", "image-worker.sock");

/** The key with which the instance signs images that it patched, the controllers' alone, and its public half, anybody's. */
export const imageSigningKey = (paths: InstancePaths): string => join(paths.pki, "controllers", "image-signing.key");
export const imageSigningPublicKey = (paths: InstancePaths): string => join(paths.root, "image-signing.pub");

/** Where packages for patching come from, where root says so: a list of repositories in JSON. */
export const patchRepositoriesFile = (paths: InstancePaths): string => join(paths.root, "patch-repositories.json");

/** The common name under which the API server calls the agent; the agent takes no other. */
export const apiserverClientName = "kube-apiserver-kubelet-client";
/** The identity of the network agent. */
export const networkAgentName = "system:serviceaccount:kube-system:bulkhead-network";

/** The user of processes that read images: beyond the four that an instance's own processes have, by its id as they are. */
export const imageWorkerUser = (config: InstanceConfig): number =>
  0x7c00_0000 + (Number.parseInt(config.id, 16) % 0x100_0000);

/** The user of processes that ask registries on the node's behalf: they have the network, and see no image. */
export const registryAskerUser = (config: InstanceConfig): number =>
  0x7d00_0000 + (Number.parseInt(config.id, 16) % 0x100_0000);

/** The control group that holds all pods of an instance. */
export const podCgroupRoot = (config: InstanceConfig): string => `bulkhead-${config.id}`;

const podsPerInstance = 1024;
const idsPerPod = 65_536;

/** Host ids of pods' user namespaces: one of 22 blocks from 2^29 on, by the instance's id, so that neighbours differ. */
export const podUserRanges = (config: InstanceConfig): { readonly first: number; readonly count: number } => ({
  first: 0x2000_0000 + (Number.parseInt(config.id, 16) % 22) * podsPerInstance * idsPerPod,
  count: podsPerInstance,
});
