import type { Event, Pod, UpdateRollout } from "@bulkhead/api";

/** What is done to a workload, in this order. All can be done twice. */
export type RolloutStep =
  /** What holds a rollout at its stage: fields of the spec, owned until the end; none lets go. */
  | { readonly kind: "stage"; readonly spec: object }
  | { readonly kind: "set-image"; readonly image: string }
  /** What the stages changed is put back. */
  | { readonly kind: "unstage"; readonly restore: object | undefined }
  /** Its controller makes a new one, of the template as it is now. */
  | { readonly kind: "delete-pod"; readonly name: string; readonly uid: string };

/**
 * A workload as its rollout sees it, whatever its kind: made by each kind's own file, from copies. Steps are those that are
 * left to do; none: it is as it should be.
 */
export interface WorkloadRollout {
  readonly uid: string;
  /** Of the container, in the template. */
  readonly image: string | undefined;
  /** Pods of the new template, those on their way out left aside. */
  readonly newPods: readonly Pod[];
  /** Whether an Event is about an old pod, gone ones too. */
  readonly isOld: (event: Event) => boolean;
  /** Whether one pod goes first and the rest waits for it. */
  readonly staged: boolean;
  /** Before the image is set. */
  readonly begin: readonly RolloutStep[];
  /** So that the first pod goes, and the rest waits. */
  readonly first: readonly RolloutStep[];
  /** The first new pod is there. */
  readonly arrived: boolean;
  /** So that the rest follows. */
  readonly resume: readonly RolloutStep[];
  /** Its controller has seen the template as it is now. */
  readonly observed: boolean;
  /** All its pods are of the template as it is now, whether they are available or not. */
  readonly whole: boolean;
  /** And all are available. */
  readonly available: boolean;
  /** Why its own controller gives up. */
  readonly stuck: string | undefined;
  /** So that the old template's pods come back: what its controller does not do by itself. */
  readonly back: readonly RolloutStep[];
  /** What the stages put aside is put back. */
  readonly unstage: readonly RolloutStep[];
  /** Seconds within which the first new pod is to be ready. */
  readonly patience: number;
  /** Why there is no new pod, as far as its controller says. */
  readonly refused: string | undefined;
  /** Nothing runs of it until later: its health cannot be proven now. */
  readonly later: boolean;
}

/** What stages put aside, as the rollout remembers it; undefined: nothing. */
export type PutAside = UpdateRollout["strategy"];

/** Seconds, where a kind has no deadline of its own. */
export const usualPatience = 600;

/** `25%` stays a text, `1` becomes a number. */
export const intOrString = (text: string): string | number => (/^\d+$/.test(text) ? Number(text) : text);
