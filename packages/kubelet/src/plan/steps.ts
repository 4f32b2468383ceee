import type { Pod } from "@bulkhead/api";
import type { PodRuntime, RuntimeContainer, RuntimeSandbox, WantedContainer } from "../pod/model.ts";
import type { CrashRecord } from "../pod/restart.ts";

/** What may be done now for a pod, independently of each other. The order of a life comes from planning again. */
export type Step =
  | { readonly do: "admit"; readonly key: string }
  | { readonly do: "make-sandbox"; readonly attempt: number }
  | { readonly do: "ensure-rules"; readonly sandbox: RuntimeSandbox }
  | { readonly do: "prepare-volumes" }
  | {
      readonly do: "start-container";
      readonly wanted: WantedContainer;
      readonly attempt: number;
      readonly sandbox: RuntimeSandbox;
    }
  | {
      readonly do: "stop-container";
      readonly container: RuntimeContainer;
      /** Seconds, the preStop hook's included. */
      readonly grace: number;
      /** The pod's grace that `grace` was taken from: a new one means stopping anew, faster. */
      readonly of: number;
      readonly wanted: WantedContainer | undefined;
      readonly why: StopCause;
      /** For the event; empty for none. */
      readonly message: string;
    }
  | { readonly do: "remove-container"; readonly id: string }
  | { readonly do: "release-volumes" }
  | { readonly do: "remove-rules" }
  | { readonly do: "stop-sandbox"; readonly id: string }
  | { readonly do: "remove-sandbox"; readonly id: string }
  /** The pod's folder and its user range. */
  | { readonly do: "forget" }
  /** The object in the API. */
  | { readonly do: "finish" };

export type StopCause = "pod-ends" | "liveness" | "startup" | "image-changed" | "sandbox-lost";

/** Steps of a birth; while one is under way a death only stops processes. */
export const isBirth = (step: Step): boolean =>
  ["admit", "make-sandbox", "ensure-rules", "prepare-volumes", "start-container"].includes(step.do);

/** The key of a container's start. */
export const stepKeyOfStart = (container: string): string => `start-container/${container}`;

/** Two steps with the same key are the same piece of work: never twice at once, and failing, backed off together. */
export function stepKey(step: Step): string {
  switch (step.do) {
    case "start-container":
      return stepKeyOfStart(step.wanted.spec.name);
    case "stop-container":
      return `stop-container/${step.container.id}/${step.of}`;
    case "remove-container":
    case "stop-sandbox":
    case "remove-sandbox":
      return `${step.do}/${step.id}`;
    case "admit":
    case "make-sandbox":
    case "ensure-rules":
    case "prepare-volumes":
    case "release-volumes":
    case "remove-rules":
    case "forget":
    case "finish":
      return step.do;
  }
}

/** Why a pod as a whole is over; kept as status.phase, reason and message. */
export interface Ended {
  readonly phase: "Succeeded" | "Failed";
  readonly reason?: string;
  readonly message?: string;
  /** Seconds of grace for what still runs, instead of the pod's own. */
  readonly grace?: number;
}

export type Admission =
  | { readonly state: "allowed"; readonly key: string }
  | {
      readonly state: "refused";
      readonly key: string;
      readonly reason: string;
      readonly message: string;
      /** When the deciders said so, milliseconds. */
      readonly at: number;
    };

/** What probes found of one container; absent is not known yet. */
export interface ProbeFindings {
  readonly startup?: boolean;
  readonly liveness?: boolean;
  readonly readiness?: boolean;
  /** For the event of a killed container. */
  readonly message?: string;
  /** The failing probe's own grace, seconds. */
  readonly grace?: number;
}

/** What the agent remembers of a pod between two looks; all of it can be found again after a restart. */
export interface PodMemory {
  readonly admission: Admission | undefined;
  /** The sandbox whose packet rules stand. */
  readonly rulesFor: string | undefined;
  readonly volumes: "unknown" | "ready" | "released";
  readonly rulesRemoved: boolean;
  readonly forgotten: boolean;
  /** The API was told to remove the object. */
  readonly finished: boolean;
  readonly crashes: ReadonlyMap<string, CrashRecord>;
  readonly probes: ReadonlyMap<string, ProbeFindings>;
  readonly ended: Ended | undefined;
  /** When the pod began to die, milliseconds. */
  readonly dyingSince: number | undefined;
}

export const freshMemory: PodMemory = {
  admission: undefined,
  rulesFor: undefined,
  volumes: "unknown",
  rulesRemoved: false,
  forgotten: false,
  finished: false,
  crashes: new Map(),
  probes: new Map(),
  ended: undefined,
  dyingSince: undefined,
};

export interface PodFacts {
  /** undefined: the API has no such pod (any more), and what runs of it is to go. */
  readonly pod: Pod | undefined;
  /** The pod as it was when the API removed it, where this agent saw that. */
  readonly removed: Pod | undefined;
  readonly runtime: PodRuntime;
  readonly memory: PodMemory;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** What the deciders judge: changes when an image or an ephemeral container does. */
  readonly admissionKey: string;
  /** A step of this pod's birth is under way: until it is done, nothing that it may use is taken away. */
  readonly beingBorn: boolean;
  /** Names of containers whose start is under way. */
  readonly starting: ReadonlySet<string>;
}

export interface PodPlan {
  readonly steps: readonly Step[];
  /** Look again at this time, milliseconds since the epoch. */
  readonly wakeAt?: number;
  /** The pod is over: remember it, and plan again. */
  readonly ended?: Ended;
}
