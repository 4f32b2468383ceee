import { setTimeout as startTimer } from "node:timers";
import {
  type Change,
  controls,
  type Evaluation,
  evaluatingWithOwn,
  type Finding,
  isOver,
  type Kind,
  kindKeyOf,
  kinds,
  ObjectSet,
  type OwnControl,
  ownControls,
  ownKinds,
  type Settings,
  type Steps,
} from "@bulkhead/analysis";
import type { KubeObject } from "@bulkhead/api";
import type { ControllerContext } from "../controller.ts";
import { createFollower, type FollowedKinds } from "./follow-kinds.ts";
import type { Slices } from "./in-slices.ts";
import { writtenBefore } from "./posture-writer.ts";

/** What came of a look at everything, or at what changed. */
export interface Looked {
  /** Everything was looked at anew. */
  readonly whole: boolean;
  readonly appeared: readonly Finding[];
  /** Where something may read otherwise now; "": in no namespace. */
  readonly namespaces: ReadonlySet<string>;
}

export interface LivePostureOptions {
  readonly context: ControllerContext;
  readonly settings: () => Settings;
  readonly slices: Slices;
  readonly onLook: (looked: Looked) => void;
  /** Everything is to be looked at anew, after so many milliseconds: `build` is to be called. */
  readonly onStale: (after: number) => void;
}

/** Changes come in numbers: one look for all of so many milliseconds. */
const gather = 1000;
/** What failed once is not tried again sooner. */
const again = 2000;
/** Looks at everything, after PostureControls changed: one part in so many of all time at most. */
const buildShare = 20;
/** New exposures told of one look; the rest stands in the reports. */
const toldAtOnce = 20;

/**
 * Every control on every object of a cluster, kept true as objects change: what is followed, what is to be looked at anew
 * and when, and since when each finding is there. An Event tells on an object the moment that a grave finding appears.
 */
export class LivePosture {
  /** Since when findings are there: milliseconds, by finding. */
  readonly seen = new Map<string, number>();
  readonly #options: LivePostureOptions;
  readonly #follower: ReturnType<typeof createFollower>;
  readonly #pending = new Map<string, Change>();
  /** Read and changed in `slices` alone: elsewhere it may be in the middle of a change. */
  #evaluation: Evaluation | undefined;
  /** Objects were taken for an evaluation: what changes from now on is to be told to it. */
  #taken = false;
  /** An organisation's own controls, as they count; and those of which the evaluation that is being made knows. */
  #own: readonly OwnControl[] = [];
  #asked: readonly OwnControl[] = [];
  /** PostureControls changed: everything is to be looked at anew. */
  #renew = false;
  #waiting: ReturnType<typeof startTimer> | undefined;
  /** Milliseconds that the last look at everything took. */
  #buildTook = 0;

  constructor(options: LivePostureOptions) {
    this.#options = options;
    this.#follower = createFollower({
      context: options.context,
      note: (object, gone) => this.#note(object, gone),
      onGap: () => options.onStale(this.#pause),
      readsStatus: (object) => this.#asked.some((one) => one.readsStatus === true && looksAt(one, object)),
    });
  }

  /** Undefined until everything was looked at once. */
  get evaluation(): Evaluation | undefined {
    return this.#evaluation;
  }

  get own(): readonly OwnControl[] {
    return this.#own;
  }

  get #pause(): number {
    return Math.max(again, this.#buildTook * buildShare);
  }

  #there(): Evaluation {
    if (this.#evaluation === undefined) throw new Error("nothing was looked at yet");
    return this.#evaluation;
  }

  /** Everything from the beginning, with the PostureControls that are there now. */
  async build(): Promise<void> {
    const { context, slices } = this.#options;
    this.#renew = false;
    let followed = await this.#follower.follow(furtherOf(this.#own));
    if (followed === undefined) return;
    const further = ownKinds(followed.objects().filter(isOwn));
    if (further.length > 0) followed = await this.#follower.follow(further);
    if (followed === undefined) return;
    const objects = followed;
    const compiled = await ownControls(
      objects.objects().filter(isOwn),
      controls.map(({ id }) => id),
    );
    if (this.#evaluation === undefined)
      for (const [id, since] of await writtenBefore(context.reader)) this.seen.set(id, since);
    if (!context.signal.aborted) await slices.run(() => this.#make(objects, compiled));
  }

  /** As time goes: what expires, expires. */
  tick(): void {
    this.#follower.tick();
    this.#inTurn(() => this.#ticking());
  }

  stop(): void {
    clearTimeout(this.#waiting);
  }

  #note(object: KubeObject, gone: boolean): void {
    if (!this.#taken) return;
    const { namespace = "", name = "" } = object.metadata;
    const kind = kindKeyOf(object);
    if (kind === kinds.postureControl.key) this.#renew = true;
    this.#pending.set(`${kind}\n${namespace}\n${name}`, { kind, namespace, name, ...(gone ? {} : { object }) });
    this.#waiting ??= startTimer(() => this.#inTurn(() => this.#look()), gather);
  }

  #inTurn(work: () => Steps<void>): void {
    const { slices, context, onStale } = this.#options;
    slices.run(work).catch((error: unknown) => {
      if (context.signal.aborted) return;
      // What is there is true of before; with the next change everything is looked at anew.
      context.log.error({ error }, "changes could not be looked at");
      onStale(this.#pause);
    });
  }

  *#make(followed: FollowedKinds, compiled: readonly OwnControl[]): Steps<void> {
    const { context, settings, onLook } = this.#options;
    const { now } = context;
    const began = performance.now();
    const { objects: seenObjects, unread } = followed.take();
    const objects = new ObjectSet(seenObjects, unread);
    this.#pending.clear();
    this.#taken = true;
    this.#asked = compiled;
    const built = yield* evaluatingWithOwn({ objects, controls, own: compiled, settings: settings(), now: now() });
    const before = this.#evaluation;
    const { evaluation } = built;
    this.#evaluation = evaluation;
    this.#own = built.own;
    this.#asked = built.own;
    this.#buildTook = performance.now() - began;
    const fresh = evaluation.findings().filter(({ id, outcome }) => before?.finding(id)?.outcome !== outcome);
    yield;
    const gone = (before?.findings() ?? []).filter(({ id }) => evaluation.finding(id) === undefined);
    yield;
    // Of what was there when we came nobody is told again.
    if (before === undefined) for (const { id } of fresh) this.seen.set(id, this.seen.get(id) ?? now());
    this.#follow(fresh, gone);
    const namespaces = new Set([...objects.all()].map(({ metadata }) => metadata.namespace ?? ""));
    onLook({ whole: true, appeared: fresh, namespaces });
  }

  /** Takes over what changed, and tells what is new and grave. */
  *#look(): Steps<void> {
    this.#waiting = undefined;
    const changes = [...this.#pending.values()];
    this.#pending.clear();
    const { appeared, gone } = yield* this.#there().applying(changes);
    this.#tell(appeared, gone, new Set(changes.map(({ namespace }) => namespace)));
    if (this.#renew || this.#own.some(isOver)) this.#options.onStale(this.#buildTook * buildShare);
  }

  *#ticking(): Steps<void> {
    const { appeared, gone } = yield* this.#there().ticking(this.#options.context.now());
    if (appeared.length + gone.length > 0) this.#tell(appeared, gone, new Set());
  }

  #tell(appeared: readonly Finding[], gone: readonly Finding[], changed: ReadonlySet<string>): void {
    this.#follow(appeared, gone);
    const found = [...appeared, ...gone].map(({ object }) => object.namespace ?? "");
    this.#options.onLook({ whole: false, appeared, namespaces: new Set([...changed, ...found]) });
  }

  #follow(appeared: readonly Finding[], gone: readonly Finding[]): void {
    for (const { id } of gone) if (this.#evaluation?.finding(id) === undefined) this.seen.delete(id);
    let told = 0;
    for (const finding of appeared) {
      if (this.seen.has(finding.id)) continue;
      this.seen.set(finding.id, this.#options.context.now());
      if (isGrave(finding) && told++ < toldAtOnce) this.#event(finding);
    }
  }

  #event({ object, control, breach }: Finding): void {
    const about = this.#evaluation?.objects.get(
      { key: kindKeyOf(object), namespaced: object.namespace !== undefined },
      object.namespace ?? "",
      object.name,
    );
    if (about === undefined) return;
    const message = `${control.severity}: ${breach?.says ?? control.title} (${breach?.field ?? ""}); bulkhead explain ${control.id}`;
    this.#options.context.events.event(about, "Warning", "PostureFinding", message);
  }
}

const isOwn = (object: KubeObject): boolean => kindKeyOf(object) === kinds.postureControl.key;
const looksAt = ({ control }: OwnControl, object: KubeObject): boolean =>
  control.kinds.some(({ key }) => key === kindKeyOf(object));
const furtherOf = (own: readonly OwnControl[]): readonly Kind[] => ownKinds(own.map(({ object }) => object));

const isGrave = ({ outcome, control }: Finding): boolean =>
  outcome === "fail" && (control.severity === "critical" || control.severity === "high");
