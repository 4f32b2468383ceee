import { type Log, type MetricFamily, silentLog } from "@bulkhead/api";
import type { Store } from "@bulkhead/store";
import { serviceAccountOf, type User } from "../authentication/user.ts";
import type { RequestInfo } from "../request/request-info.ts";
import { peek } from "../resources/object-bytes.ts";
import { boundPodOf, changedAt, isOwnAddress, livePod, plainAddress, podUidOf, useOf } from "./bound-pod.ts";
import { DepartedPods } from "./departed-pods.ts";
import type { Asked, BoundPod, IdentityReport } from "./identity-signal.ts";
import { LearnedUses, type UseMemory } from "./learned-uses.ts";
import { Outbox } from "./outbox.ts";

export interface IdentityWatchOptions {
  readonly store: Pick<Store, "get" | "watch">;
  readonly tell: (report: IdentityReport) => Promise<void>;
  readonly memory?: UseMemory | undefined;
  /** Addresses of the machine, from which pods in the host's network come. */
  readonly hostAddresses?: () => readonly string[];
  /** Whether a resource is served at all: what nobody serves is no use. */
  readonly serves: (info: RequestInfo) => boolean;
  readonly log?: Log;
  readonly now: () => number;
  /** Milliseconds a change must have been looked at before what it never did is told; default a day. */
  readonly learning?: number;
  /** Milliseconds before something odd is looked into: a pod's address is known a moment after it began; default 5,000. */
  readonly settle?: number;
}

interface Doubt extends Asked {
  readonly pod: BoundPod;
  /** The account by its user name, and its uid. */
  readonly user: string;
  readonly uid: string;
  readonly since: number;
}

/** `perPod`: of one pod so many doubts wait at once. `address`: a pod that nobody has given an address for so long has none. */
const most = { doubts: 2048, perPod: 64, pods: 4096 };
const trusted = 10 * 60_000;
const addressTime = 30_000;
const lastWords = 60_000;

/**
 * Looks at who uses pods' tokens. A request costs a look at two maps; what is not known there waits a moment and is judged
 * apart from any request: by the pod as it is then, by what its account was used for before, and by how long the change behind
 * it has been looked at.
 */
export class IdentityWatch {
  readonly #options: IdentityWatchOptions;
  readonly #log: Log;
  readonly #learned: LearnedUses;
  readonly #outbox: Outbox;
  readonly #settle: number;
  /** By pod UID: an address that was found to be its own, and until when that is believed. */
  readonly #places = new Map<string, { readonly address: string; readonly until: number }>();
  readonly #departed: DepartedPods;
  readonly #doubts = new Map<string, Doubt>();
  readonly #perPod = new Map<string, number>();
  readonly #full = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #saving: Promise<void> = Promise.resolve();
  #unsaved = false;

  constructor(options: IdentityWatchOptions) {
    const { now, log = silentLog, settle = 5000, store, tell, memory } = options;
    this.#options = options;
    this.#departed = new DepartedPods({ store, now, memory: lastWords });
    this.#log = log;
    this.#settle = settle;
    this.#learned = new LearnedUses(memory, now());
    this.#outbox = new Outbox({ tell, now, log, pause: settle });
    const { beganAgain, since } = this.#learned;
    if (beganAgain !== undefined) {
      log.info(
        { why: beganAgain, since: new Date(since).toISOString() },
        "what identities are used for is learned anew: nothing is told of new uses until then",
      );
      this.#save();
    }
  }

  /** A request of a user that is known. Nearly everybody is no pod. */
  used(user: User, info: RequestInfo, peer: string, auditID: string): void {
    const uid = podUidOf(user);
    if (uid === "") return;
    const address = plainAddress(peer);
    const place = this.#places.get(uid);
    const use = useOf(info);
    const known = use === undefined || this.#learned.has(user.name, user.uid, use);
    const since = this.#options.now();
    if (known && place?.address === address && place.until > since) return;
    const served = known || this.#options.serves(info) ? use : undefined;
    this.#doubt({ pod: boundPodOf(user), user: user.name, uid: user.uid, use: served, address, auditID, since });
  }

  /** A token that was refused, since the pod that it is bound to is gone. */
  usedAfterPod(pod: BoundPod, peer: string, auditID: string): void {
    const address = plainAddress(peer);
    const { hostAddresses = () => [] } = this.#options;
    const departed = this.#departed.find(pod);
    // A pod that was taken away by force has its last words; one whose address nobody had told yet, from anywhere.
    if (departed !== undefined && isOwnAddress(departed, address, hostAddresses()) !== false) return;
    this.#outbox.put({
      signal: "TokenOfGonePod",
      pod,
      value: address,
      says: `a token of ServiceAccount ${pod.account} that was given to this pod was shown from ${address} after the pod was gone, and refused (audit ${auditID})`,
    });
  }

  metrics(): readonly MetricFamily[] {
    return [
      this.#outbox.metrics(),
      {
        name: "bulkhead_identity_observed_since_seconds",
        help: "Since when it is looked at what identities are used for, in seconds since the epoch.",
        type: "gauge",
        samples: [{ labels: {}, value: Math.floor(this.#learned.since / 1000) }],
      },
    ];
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#outbox.close();
    this.#departed.close();
    this.#save();
    await this.#saving;
  }

  #doubt(doubt: Doubt): void {
    const { uid } = doubt.pod;
    const key = `${uid} ${doubt.address} ${doubt.use ?? ""}`;
    if (this.#doubts.has(key)) return;
    const waiting = this.#perPod.get(uid) ?? 0;
    if (waiting >= most.perPod || this.#doubts.size >= most.doubts) return;
    this.#perPod.set(uid, waiting + 1);
    this.#doubts.set(key, doubt);
    this.#timer ??= setTimeout(() => this.#settleDoubts(), this.#settle).unref();
  }

  #settleDoubts(): void {
    this.#timer = undefined;
    const doubts = [...this.#doubts.values()];
    this.#doubts.clear();
    this.#perPod.clear();
    for (const doubt of doubts)
      try {
        this.#judge(doubt);
      } catch (error) {
        this.#log.error({ error: String(error), pod: doubt.pod.name }, "the use of an identity could not be judged");
      }
    if (this.#unsaved) this.#save();
  }

  #judge(doubt: Doubt): void {
    const { pod: bound, address, use } = doubt;
    const { now, store, hostAddresses = () => [] } = this.#options;
    const pod = livePod(store, bound);
    // It went meanwhile, and its token with it.
    if (pod === undefined) return;
    const own = isOwnAddress(pod, address, hostAddresses());
    if (own === "unknown" && now() - doubt.since < addressTime) return this.#doubt(doubt);
    if (own !== true) {
      const ips = (pod.status?.podIPs ?? []).map(({ ip }) => ip).join(", ");
      const has = ips === "" ? "has no address" : `has ${ips}`;
      return this.#outbox.put({
        signal: "TokenUsedElsewhere",
        pod: bound,
        value: address,
        says: `a token of ServiceAccount ${bound.account} that was given to this pod was used from ${address}${use === undefined ? "" : ` to ${use}`}, but the pod ${has} (audit ${doubt.auditID})`,
      });
    }
    this.#places.delete(bound.uid);
    if (this.#places.size >= most.pods) this.#places.delete(this.#places.keys().next().value as string);
    this.#places.set(bound.uid, { address, until: now() + trusted });
    if (use !== undefined && !this.#learned.has(doubt.user, doubt.uid, use))
      this.#judgeUse(doubt, use, changedAt(store, pod));
  }

  #judgeUse({ pod, user, uid, auditID }: Doubt, use: string, changed: number): void {
    const { now, learning = 24 * 3_600_000 } = this.#options;
    const room = this.#learned.knows(user, uid);
    if (room !== "learnable") return this.#overflow(user, uid, room);
    const since = Math.max(this.#learned.since, Number.isNaN(changed) ? now() : changed);
    if (now() - since < learning) {
      this.#learned.learn(user, uid, use);
      this.#unsaved = true;
      return;
    }
    this.#outbox.put({
      signal: "IdentityUsedAnew",
      pod,
      value: use,
      says: `the pod asked as ServiceAccount ${pod.account} to ${use}, which that account was never used for since ${new Date(since).toISOString()} (audit ${auditID})`,
    });
  }

  /** What cannot be learned is said once, not passed over. */
  #overflow(user: string, uid: string, why: string): void {
    if (why === "too-many-accounts") {
      this.#learned.keep((name, id) => this.#accountUid(name) === id);
      if (this.#learned.knows(user, uid) === "learnable") return;
    }
    if (this.#full.has(user) || this.#full.size >= most.pods) return;
    this.#full.add(user);
    this.#log.warn({ user, why }, "an identity is used for too much to be learned: nothing is told of its new uses");
  }

  #accountUid(user: string): string | undefined {
    const account = serviceAccountOf(user);
    if (account === undefined) return undefined;
    const stored = this.#options.store.get({ group: "", resource: "serviceaccounts", ...account });
    return stored === undefined ? undefined : peek(stored).metadata.uid;
  }

  #save(): void {
    this.#unsaved = false;
    const { memory } = this.#options;
    if (memory === undefined) return;
    const text = this.#learned.text();
    this.#saving = this.#saving
      .then(() => memory.save(text))
      .catch((error: unknown) =>
        this.#log.error({ error: String(error) }, "what identities are used for could not be kept"),
      );
  }
}
