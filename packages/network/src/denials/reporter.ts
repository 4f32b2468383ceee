import type { Log, Pod } from "@bulkhead/api";
import type { EventRecorder, Informer } from "@bulkhead/client";
import type { NetworkRuleSet } from "@bulkhead/policy";
import { logGroup } from "../policy/names.ts";
import { type Denial, explainDenial, needsLink } from "./explain.ts";
import { type Listening, listenToLog } from "./listen.ts";
import type { LoggedPacket } from "./pcap.ts";

export interface DenialReporterOptions {
  readonly netns: string;
  readonly rules: () => NetworkRuleSet | undefined;
  readonly pods: Informer<Pod>;
  readonly recorder: EventRecorder;
  /** Names the pod on an interface of the namespace; without it, spoofing is told in the log only. */
  readonly podOnLink?: (index: number) => Promise<string | undefined>;
  /** Hears of every denial told, after the Event. */
  readonly onDenial?: (denial: Denial) => void;
  readonly tcpdump?: string;
  readonly user?: string;
  readonly log: Log;
  readonly now?: () => number;
}

/** The same denial is told again after so long. */
const repeatMs = 60_000;
/** Denials remembered; a pod that scans ports fills its own share of the log (see `logRules`), not this. */
const remembered = 4_096;

/** Tells each refused connection as an Event on its pod, within a second, naming who refused and what would allow it. */
export function startDenialReporter(options: DenialReporterOptions): Listening {
  const { log, pods, recorder } = options;
  const now = options.now ?? Date.now;
  const told = new Map<string, number>();

  function isNew(key: string): boolean {
    const at = now();
    const last = told.get(key);
    if (last !== undefined && at - last < repeatMs) return false;
    told.delete(key);
    told.set(key, at);
    if (told.size > remembered) {
      const oldest = told.keys().next().value;
      if (oldest !== undefined) told.delete(oldest);
    }
    return true;
  }

  return listenToLog({
    netns: options.netns,
    group: logGroup,
    log,
    ...(options.tcpdump === undefined ? {} : { tcpdump: options.tcpdump }),
    ...(options.user === undefined ? {} : { user: options.user }),
    onPacket: (packet) =>
      void tell(packet).catch((error: unknown) => log.warn({ error: String(error) }, "a refusal could not be told")),
  });

  async function tell(packet: LoggedPacket): Promise<void> {
    const index = needsLink(packet) ? packet.inInterface : undefined;
    const podOnLink = index === undefined ? undefined : await options.podOnLink?.(index);
    const rules = options.rules();
    if (rules === undefined) return;
    const denial = explainDenial(packet, rules, podOnLink);
    if (denial === undefined || !isNew(denial.key)) return;
    const [namespace = "", name = ""] = denial.pod.split("/");
    const pod = pods.get({ namespace, name });
    log.info({ pod: denial.pod, reason: denial.reason, refused: denial.message }, "connection refused");
    if (pod !== undefined) recorder.event(pod, "Warning", denial.reason, denial.message);
    options.onDenial?.(denial);
  }
}
