import type { UpdateFix } from "@bulkhead/api";
import type { ImageReference } from "@bulkhead/policy";
import type { Kinded } from "./workload.ts";

/** A Deployment by whose pull secrets a registry is asked. */
export interface Puller {
  readonly namespace: string;
  readonly deployment: string;
  /** Which secrets these may be, by name: what was answered with them is an answer for others of the namespace that name them too. */
  readonly secrets: string;
}

/** An image as a workload runs it or would. */
export interface WorkloadImage extends ImageReference {
  /** Absent: it is asked for with nobody's. */
  readonly puller?: Puller;
}

/** Port: what a registry has. A failure is thrown with a message for a person. */
export interface TagSource {
  tags(image: WorkloadImage): Promise<readonly string[]>;
  /** The digest that the image's tag names at this moment. */
  digest(image: WorkloadImage): Promise<string>;
}

/** Whose pull secrets a workload's images are asked for with; undefined: nobody's, since only Deployments' are lent. */
export function pullerOf(workload: Kinded): Puller | undefined {
  if (workload.kind !== "Deployment") return undefined;
  const { metadata, spec } = workload.object;
  const { imagePullSecrets = [], serviceAccountName = "" } = spec?.template.spec ?? {};
  const names = imagePullSecrets.map(({ name = "" }) => name);
  return {
    namespace: metadata.namespace ?? "",
    deployment: metadata.name ?? "",
    secrets: names.length > 0 ? `secrets ${names.join(" ")}` : `account ${serviceAccountName}`,
  };
}

export interface CandidateQuestion {
  readonly namespace: string;
  /** As it would be: the candidate in its place. */
  readonly workload: Kinded;
  readonly container: string;
  /** With their digests. What runs is undefined where it cannot be known. */
  readonly candidate: WorkloadImage;
  readonly running: WorkloadImage | undefined;
}

/** What is to be thought of a candidate. `says` is for a person. */
export type Judgement =
  /** Scanned, signed as the policy asks, and no worse than what runs. */
  | {
      readonly verdict: "good";
      readonly says: string;
      readonly findings: { readonly before?: number | undefined; readonly after: number };
      readonly fixes: readonly UpdateFix[];
      /** It mends what the policy refuses or puts a deadline to. */
      readonly security: boolean;
    }
  /** Being looked at: ask again. */
  | { readonly verdict: "pending"; readonly says: string }
  /** Nothing is known, and nothing is on its way to find out. */
  | { readonly verdict: "unknown"; readonly says: string }
  | { readonly verdict: "worse" | "refused" | "unsigned"; readonly says: string };

/** Port: scans and judges candidates. It is asked often, remembers its own answers, and does not throw. */
export interface CandidateJudge {
  judge(question: CandidateQuestion): Promise<Judgement>;
  /**
   * Whether a policy lists an image of this workload by its name. Of others nothing is asked: a workload must not make us call
   * any registry it likes.
   */
  listed(workload: Kinded, image: ImageReference): boolean;
  /** More is known of images than when they were judged, as when a pod falls out of policy: later answers go by that. */
  renew(): void;
  /** Called when an answer may have changed. */
  onChange(wake: () => void): void;
}

export interface PatchQuestion {
  readonly workload: Kinded;
  readonly container: string;
  /** What runs, with its tag and digest. */
  readonly running: WorkloadImage;
}

/** An image with the fixes that what runs is lacking. `says` is for a person. */
export type PatchOffer =
  | { readonly kind: "offered"; readonly image: ImageReference; readonly says: string }
  /** Being built: ask again. */
  | { readonly kind: "pending"; readonly says: string }
  | { readonly kind: "none"; readonly says: string };

/** Port: builds patched images. It is asked often, remembers its own answers, and does not throw. */
export interface PatchSource {
  offer(question: PatchQuestion): Promise<PatchOffer>;
  /** Called when an answer may have changed. */
  onChange(wake: () => void): void;
}

export interface ImageUpdatePorts {
  readonly tags: TagSource;
  readonly judge: CandidateJudge;
  /** Absent: nothing is patched, whatever a policy says. */
  readonly patches?: PatchSource;
}
