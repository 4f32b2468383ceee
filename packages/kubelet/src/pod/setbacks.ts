import type { Log, Pod } from "@bulkhead/api";
import { type Admission, type Step, stepKeyOfStart } from "../plan/steps.ts";
import type { Waiting } from "../status/facts.ts";
import { isHeld, StartError } from "../steps/start.ts";
import type { Tools } from "../steps/tools.ts";
import { latest, type PodRuntime, wantedContainers } from "./model.ts";
import type { PodIdentity } from "./pod-identity.ts";
import { pullDelay, stepDelay } from "./restart.ts";

/** Steps of a pod that failed, when they are tried again, and the containers that wait for it. */
export interface Setbacks {
  /** By container: what the pod's status shows. */
  readonly waiting: ReadonlyMap<string, Waiting>;
  /** Whether a step that failed is not to be tried yet. */
  tooSoon(key: string): boolean;
  failed(step: Step, key: string, error: unknown, pod: Pod | undefined): void;
  succeeded(step: Step, key: string): void;
  /** Shows the containers that the deciders keep from starting, and no more when they do not. */
  holdBack(admission: Admission, pod: Pod | undefined, runtime: PodRuntime): void;
  /** More is known of images: containers held back for theirs may ask again at once. Whether there are any. */
  imagesChanged(): boolean;
  /** When something of this comes due. */
  times(): readonly number[];
}

export interface SetbacksOptions {
  readonly identity: PodIdentity;
  readonly tools: Pick<Tools, "events" | "now">;
  readonly log: Log;
}

interface Failure {
  readonly count: number;
  readonly until: number;
}

/** Those who know tell when they know more; this is for what they forget. */
const askAboutImagesEvery = 15_000;
/** A pull that failed is shown as `ErrImagePull`, and a second later as `ImagePullBackOff`. */
const shownAnew = 1100;

export function createSetbacks({ identity, tools, log }: SetbacksOptions): Setbacks {
  const { now } = tools;
  const failures = new Map<string, Failure>();
  const waiting = new Map<string, Waiting>();

  return {
    waiting,
    tooSoon: (key) => (failures.get(key)?.until ?? 0) > now(),
    failed(step, key, error, pod) {
      const count = (failures.get(key)?.count ?? 0) + 1;
      const pull = error instanceof StartError && error.reason.startsWith("ErrImage");
      const held = error instanceof StartError && isHeld(error.reason);
      const delay = held ? askAboutImagesEvery : pull ? pullDelay(count) : stepDelay(count);
      failures.set(key, { count, until: now() + delay });
      log[held ? "debug" : "warn"](
        { pod: `${identity.namespace}/${identity.name}`, step: key, error: String(error) },
        "a pod's step failed",
      );
      if (step.do !== "start-container" || !(error instanceof StartError)) return;
      waiting.set(step.wanted.spec.name, { reason: error.reason, message: error.message, since: now() });
      if (pull && count > 1 && pod !== undefined)
        tools.events.event(pod, "Normal", "BackOff", `Back-off pulling image "${step.wanted.spec.image}"`);
    },
    succeeded(step, key) {
      failures.delete(key);
      if (step.do === "start-container") waiting.delete(step.wanted.spec.name);
    },
    holdBack(admission, pod, runtime) {
      for (const [name, { reason }] of waiting) if (reason === "NodePolicy") waiting.delete(name);
      if (admission.state === "allowed" || pod === undefined) return;
      for (const { spec } of wantedContainers(pod)) {
        if (latest(runtime, spec.name)?.phase === "running") continue;
        waiting.set(spec.name, { reason: "NodePolicy", message: admission.message, since: now() });
      }
    },
    imagesChanged() {
      let any = false;
      for (const [name, { reason }] of waiting) if (isHeld(reason) && failures.delete(stepKeyOfStart(name))) any = true;
      return any;
    },
    times: () => [
      ...[...failures.values()].map(({ until }) => until),
      ...[...waiting.values()].map(({ since }) => since + shownAnew),
    ],
  };
}
