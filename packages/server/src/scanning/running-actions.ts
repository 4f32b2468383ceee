import { createHash } from "node:crypto";
import {
  type ImageReportOutOfPolicy,
  isolatedCondition,
  type Log,
  type Pod,
  type PodCondition,
  replacementCondition,
} from "@bulkhead/api";
import type { Client, EventRecorder } from "@bulkhead/client";
import type { ImageFacts, ImageRuleSet } from "@bulkhead/policy";
import { writePodConditions } from "../pods/pod-conditions.ts";
import { type Fallen, imagesOfPod, judgeRunning, type PodImage } from "./out-of-policy.ts";

/** Why conditions of ours are as they are: what others set or cleared under another reason is theirs. */
const outOfPolicyReason = "ImageOutOfPolicy";
const backReason = "ImageBackInPolicy";

export interface RunningActionsOptions {
  /** May patch the status of pods. */
  readonly client: Client;
  readonly events: EventRecorder;
  /** All pods that are known; those of this node are looked at. */
  readonly pods: () => readonly Pod[];
  readonly nodeName: string;
  /** Rules as of a time, and who hears when they change. */
  readonly rules: {
    rules(now: number): { readonly images: ImageRuleSet };
    onChange(wake: () => void): void;
  };
  /** What is known of a digest for a namespace; undefined: nothing as yet, upon which nothing that was done is taken back. */
  readonly factsOf: (digest: string, namespace: string) => ImageFacts | undefined | Promise<ImageFacts | undefined>;
  /** Changes with what is known of a digest: a pod is judged anew only then, when rules change, and every so often. */
  readonly stampOf: (digest: string) => string | undefined;
  readonly log: Log;
  readonly now?: () => number;
  /** Milliseconds that changes are gathered; default 1,000. */
  readonly gather?: number;
  /** Milliseconds after which a pod is judged anew in any case, since deadlines pass; default ten minutes. */
  readonly again?: number;
}

export interface RunningActions {
  /** Pods, or what is known of images, have changed: look soon. */
  changed(): void;
  /** Where a running digest is out of policy, by namespace. */
  outOfPolicy(digest: string): readonly ImageReportOutOfPolicy[];
  close(): Promise<void>;
}

interface Judged {
  /** What it was judged with. */
  readonly inputs: string;
  /** When it is to be judged again in any case. */
  readonly until: number;
  /** Reasons that its events told. */
  readonly told: string;
  readonly fallen: Fallen | undefined;
  readonly namespace: string;
}

const retryAfter = 15_000;
/** An Event's note is cut off by the server beyond 1,024 bytes. */
const longest = { event: 1000, condition: 2000, says: 1024 };

const over = (pod: Pod): boolean => pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
const conditionOf = (pod: Pod, type: string): PodCondition | undefined =>
  pod.status?.conditions?.find((each) => each.type === type);
const cut = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1)}…`);

/**
 * Holds what runs on this node against policies and advisories as they are now, and does what ImageTrustPolicies say
 * (`runningPods`) with pods that are out of policy. All of it shows in the pods: an Event, and a condition where more is done.
 */
export function startRunningActions(options: RunningActionsOptions): RunningActions {
  const { client, events, log, nodeName } = options;
  const now = options.now ?? Date.now;
  const gather = options.gather ?? 1000;
  const again = options.again ?? 600_000;
  const judged = new Map<string, Judged>();
  let rulesStamp = 0;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let dirty = false;

  options.rules.onChange(() => {
    rulesStamp++;
    changed();
  });

  function changed(after = gather): void {
    dirty = true;
    if (closed || running !== undefined) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      running = turn()
        .then(
          (wait) => plan(wait),
          (error: unknown) => {
            log.warn({ error: String(error) }, "running pods could not be held against the policies");
            plan(retryAfter);
          },
        )
        .finally(() => {
          running = undefined;
          if (dirty) changed();
        });
    }, after).unref();
  }

  /** Looks again by itself: an Exception ends, a deadline passes, a write failed. */
  function plan(wait: number): void {
    if (closed || dirty) return;
    clearTimeout(timer);
    timer = setTimeout(() => changed(0), Math.min(wait, again)).unref();
  }

  /** Answers after how long to look again. */
  async function turn(): Promise<number> {
    dirty = false;
    const { images: rules } = options.rules.rules(now());
    const here = options.pods().filter((pod) => pod.spec?.nodeName === nodeName && !over(pod));
    const there = new Set(here.map(({ metadata }) => metadata.uid ?? ""));
    for (const uid of judged.keys()) if (!there.has(uid)) judged.delete(uid);
    let wait = again;
    for (const pod of here) {
      if (closed) return again;
      try {
        await look(pod, rules);
      } catch (error) {
        judged.delete(pod.metadata.uid ?? "");
        wait = retryAfter;
        log.warn({ pod: nameOf(pod), error: String(error) }, "a pod that is out of policy could not be dealt with");
      }
    }
    const ends = rules.exceptions.until;
    return ends === undefined ? wait : Math.max(0, Math.min(wait, ends - now()));
  }

  async function look(pod: Pod, rules: ImageRuleSet): Promise<void> {
    const uid = pod.metadata.uid ?? "";
    const namespace = pod.metadata.namespace ?? "";
    const images = imagesOfPod(pod);
    const inputs = inputsOf(pod, images, rules);
    const before = judged.get(uid);
    if (before?.inputs === inputs && now() < before.until) return;
    const facts = new Map<string, ImageFacts>();
    for (const { digest } of images) {
      const known = facts.has(digest) ? undefined : await options.factsOf(digest, namespace);
      if (known !== undefined) facts.set(digest, known);
    }
    const known = images.every(({ digest }) => facts.has(digest));
    const fallen = judgeRunning(pod, images, rules, facts);
    await carryOut(pod, fallen, known);
    if (!known && fallen === undefined) {
      // What is matched anew just now is no better for that.
      judged.set(uid, { told: "", fallen: undefined, namespace, ...before, inputs, until: now() + again });
      return;
    }
    const told = fallen === undefined ? "" : reasonsOf(fallen);
    if (fallen !== undefined && told !== before?.told) tell(pod, fallen);
    else if (fallen === undefined && before?.fallen !== undefined)
      events.event(pod, "Normal", backReason, "its images are what the policies ask again");
    judged.set(uid, { inputs, until: now() + again, told, fallen, namespace });
  }

  const inputsOf = (pod: Pod, images: readonly PodImage[], rules: ImageRuleSet): string =>
    JSON.stringify([
      rulesStamp,
      rules.exceptions.until,
      pod.metadata.labels,
      images.map(({ image, digest }) => [image, options.stampOf(digest)]),
      [isolatedCondition, replacementCondition].map((type) => conditionOf(pod, type)?.status),
    ]);

  /** Brings the conditions to what they should be; those that others wrote stay as they are. */
  async function carryOut(pod: Pod, fallen: Fallen | undefined, known: boolean): Promise<void> {
    const says = fallen === undefined ? "" : cut(saysOf(fallen), longest.condition);
    const conditions = [
      wantedCondition(pod, isolatedCondition, fallen, "Isolate", says),
      wantedCondition(pod, replacementCondition, fallen, "Replace", says),
    ].filter(
      (condition): condition is PodCondition => condition !== undefined && (known || condition.status === "True"),
    );
    if (conditions.length === 0) return;
    if (!(await writePodConditions(client, pod, conditions))) return;
    for (const { type, status } of conditions)
      log.warn({ pod: nameOf(pod), condition: type, status, because: says }, "a running pod's condition was changed");
  }

  function wantedCondition(
    pod: Pod,
    type: string,
    fallen: Fallen | undefined,
    action: Fallen["action"],
    says: string,
  ): PodCondition | undefined {
    const wanted = fallen?.action === action;
    const there = conditionOf(pod, type);
    const on = there?.status === "True";
    if (on && there.reason !== outOfPolicyReason) return undefined;
    if (wanted === on && (!wanted || there?.message === says)) return undefined;
    return {
      type,
      ...(wanted ? { status: "True", reason: outOfPolicyReason, message: says } : cleared(fallen)),
      lastTransitionTime:
        wanted === on ? there?.lastTransitionTime : new Date(now()).toISOString().replace(/\.\d+Z$/, "Z"),
    };
  }

  function tell(pod: Pod, fallen: Fallen): void {
    const done = {
      Report: fallen.instead ?? "it runs on, and is reported",
      Isolate: "it is isolated: no traffic in or out",
      Replace: "a better image is wanted: the UpdatePolicy that follows its workload looks for one now",
    }[fallen.action];
    events.event(pod, "Warning", outOfPolicyReason, cut(`${cut(done, 300)}. ${saysOf(fallen)}`, longest.event));
    log.warn({ pod: nameOf(pod), action: fallen.action, because: saysOf(fallen) }, "a running pod is out of policy");
  }

  changed();
  return {
    changed: () => changed(),
    outOfPolicy(digest) {
      const byNamespace = new Map<string, ImageReportOutOfPolicy>();
      for (const { fallen, namespace } of judged.values())
        if (fallen?.digests.includes(digest) === true && !byNamespace.has(namespace))
          byNamespace.set(namespace, { namespace, action: fallen.action, says: cut(saysOf(fallen), longest.says) });
      return [...byNamespace.values()].sort((a, b) => (a.namespace < b.namespace ? -1 : 1));
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await running;
    },
  };
}

const nameOf = (pod: Pod): string => `${pod.metadata.namespace ?? ""}/${pod.metadata.name ?? ""}`;

/** What a condition says that does not hold any more. */
const cleared = (fallen: Fallen | undefined): Pick<PodCondition, "status" | "reason" | "message"> => ({
  status: "False",
  ...(fallen === undefined
    ? { reason: backReason, message: "its images are what the policies ask, or an Exception lets it" }
    : { reason: "OtherAction", message: fallen.instead ?? `the policies ask for ${fallen.action}` }),
});

/** The first reason whole, with its command; of the others how many there are. */
function saysOf({ because }: Fallen): string {
  const [first, ...others] = because;
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
  const command = first?.command === undefined ? "" : `. To allow it for a while: ${first.command}`;
  return `${first?.says ?? "its image is out of policy"}${more}${command}`;
}

/** The same for the same reasons, whatever their order. */
const reasonsOf = ({ action, because, instead }: Fallen): string =>
  createHash("sha256")
    .update(JSON.stringify([action, instead ?? "", because.map(({ rule = "", says }) => `${rule} ${says}`).sort()]))
    .digest("hex");
