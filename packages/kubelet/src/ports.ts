import type { Pod } from "@bulkhead/api";
import type { Verdict } from "@bulkhead/policy";

/** A pod as the network needs to know it before its first process starts. */
export interface PodLink {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Primary first. */
  readonly ips: readonly string[];
  /** The pod's link outside of its namespace. */
  readonly hostInterface: string | undefined;
  /** Path of the pod's network namespace. */
  readonly netns: string | undefined;
}

/**
 * Packet rules of pods, implemented by the network. A pod's first process starts only after `ensure` resolved, and
 * again after every new sandbox; after a restart of the agent it is called for what runs already. `remove` comes when
 * no process is left and before the address is given back. Both are repeated until they succeed.
 */
export interface PodRules {
  ensure(pod: PodLink): Promise<void>;
  remove(uid: string): Promise<void>;
}

/** policy's WorkloadVerdict is one. */
export type NodeVerdict = Verdict<"allow" | "warn" | "deny">;

export interface AdmitFacts {
  readonly nodeName: string;
  /** RFC 3339. */
  readonly now: string;
}

/**
 * The deciders, asked once more on this machine before anything of a pod starts: with its whole spec as it stands now,
 * and again when an image changes or an ephemeral container comes. `allow` and `warn` pass; while it throws, the pod waits.
 */
export type AdmitPod = (pod: Pod, facts: AdmitFacts) => NodeVerdict | Promise<NodeVerdict>;

/** An image that lies on this machine and is about to become a container. */
export interface StartingImage {
  /** `spec.containers[0].image` */
  readonly field: string;
  /** As the spec writes it. */
  readonly image: string;
  /** `sha256:…`, as its registry knows it; undefined: no registry named it by a digest. */
  readonly digest: string | undefined;
}

/** `hold`: it is not known yet; the container waits as ImageScanPending and the question comes again. */
export type ImageStartVerdict = Verdict<"allow" | "warn" | "hold" | "deny">;

/**
 * The deciders' second door: an image's content can be judged only when its bytes are here, so each is asked about after its
 * pull and before a container is made of it. A refused one waits as ImageRefused. Asked again by `Kubelet.imagesChanged`.
 */
export type AdmitImage = (pod: Pod, image: StartingImage) => Promise<ImageStartVerdict>;
