import {
  type Candidate,
  candidateOfMachine,
  hasEnded,
  type Item,
  judgeItem,
  type Unseen,
  urgentFirst,
  verdicts,
} from "@bulkhead/analysis";
import {
  type CurrencyApproval,
  type CurrencyPolicy,
  type CurrencySummary,
  currencySummaryName,
  type MachineInventory,
  type SummarisedEnd,
  type SummarisedUpdate,
  securityApiVersion,
} from "@bulkhead/api";
import type { SourceAge } from "@bulkhead/images";
import { compileCurrency, evaluateCurrency, parseTime } from "@bulkhead/policy";
import { timestamp } from "../controller.ts";

/** All that the summary is made of. */
export interface CurrencyFacts {
  readonly machines: readonly MachineInventory[];
  /** Seen through the API. */
  readonly candidates: readonly Candidate[];
  readonly policies: readonly CurrencyPolicy[];
  readonly approvals: readonly CurrencyApproval[];
  readonly sources: readonly SourceAge[];
  readonly unseen: readonly Unseen[];
}

export interface Summed {
  readonly summary: CurrencySummary;
  /** When something of it changes by itself, in milliseconds; undefined: nothing does. */
  readonly until: number | undefined;
  /** What speaks against things, for telling once: key and sentence. The gravest first. */
  readonly against: ReadonlyMap<string, Told>;
}

export interface Told {
  /** Of which machine; absent: seen through the API. */
  readonly machine: string | undefined;
  readonly reason: "BecameVulnerable" | "BecameUnsupported";
  readonly says: string;
}

const most = {
  worst: 48,
  ends: 12,
  plan: 64,
  unseen: 32,
  sources: 128,
  machines: 64,
  told: 1024,
  text: 1500,
  key: 300,
};
const cut = (text: string, length = most.text): string =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`;

/** A machine that has not told of itself for so long is not known any more. */
const silentAfter = 86_400_000;

interface Found {
  readonly item: Item;
  readonly machine?: string;
}

/** Pure: the cluster's currency in short, at a moment. */
export function sumUp(facts: CurrencyFacts, now: number): Summed {
  const { machines } = facts;
  const candidates = [
    ...facts.candidates.map((candidate) => ({ candidate, machine: undefined })),
    ...machines.flatMap(({ metadata, machine }) =>
      machine.items.flatMap((item) => {
        const candidate = candidateOfMachine(item);
        return candidate === undefined ? [] : [{ candidate, machine: metadata.name ?? "" }];
      }),
    ),
  ];
  const machineOf = new Map<Item, string>();
  const items = urgentFirst(
    candidates.map(({ candidate, machine }) => {
      const item = judgeItem(candidate, now);
      if (machine !== undefined) machineOf.set(item, machine);
      return item;
    }),
  );
  const found = items.map((item): Found => {
    const machine = machineOf.get(item);
    return { item, ...(machine === undefined ? {} : { machine }) };
  });
  const plan = planOf(facts, now);
  const against = new Map(found.flatMap(spokenAgainst).slice(0, most.told));
  const silent = machines.filter(({ machine }) => now - parseTime(machine.lookedAt) > silentAfter);
  const unseen = [
    ...silent.map(({ metadata, machine }) => ({
      what: `machine ${metadata.name ?? ""}`,
      why: `it has not told of itself since ${machine.lookedAt}; see its supervisor.log`,
    })),
    ...facts.unseen,
    ...machines.flatMap(({ machine }) => machine.unseen),
  ];
  const stale = [...facts.sources, ...machines.flatMap(({ machine }) => machine.sources)]
    .filter((source) => source.stale !== undefined)
    .map(({ name, stale: why }) => `${name} (${why})`);
  return {
    against,
    until: nextOf([
      ...candidates.flatMap(({ candidate: { support } }) =>
        support === undefined || hasEnded(support, now) ? [] : Date.parse(support.until ?? ""),
      ),
      ...plan.flatMap(({ until }) => Date.parse(until ?? "")),
      ...facts.approvals.map(({ spec }) => parseTime(spec.expires)),
      ...machines.flatMap(({ machine }) => [
        ...machine.holds.map((hold) => Date.parse(hold.until)),
        parseTime(machine.lookedAt) + silentAfter + 1,
      ]),
    ]),
    summary: {
      apiVersion: securityApiVersion,
      kind: "CurrencySummary",
      metadata: { name: currencySummaryName },
      currency: {
        lookedAt: timestamp(now),
        counts: Object.fromEntries(
          verdicts.map((verdict) => [verdict, items.filter((item) => item.verdict === verdict).length]),
        ) as CurrencySummary["currency"]["counts"],
        exploited: items.filter((item) => item.vulnerabilities.some((v) => v.exploited && v.touches !== "no")).length,
        worst: found
          .filter(({ item }) => item.verdict !== "current" && item.verdict !== "unknown")
          .slice(0, most.worst)
          .map(({ item: { id, version, verdict, because, whatToDo }, machine }) => ({
            id: cut(id),
            version: cut(version),
            ...(machine === undefined ? {} : { machine }),
            verdict,
            because: cut(because),
            ...(whatToDo === undefined ? {} : { whatToDo: cut(whatToDo) }),
          })),
        endsNext: endsOf(items, now),
        plan,
        unseen: unseen.slice(0, most.unseen).map(({ what, why }) => ({ what: cut(what), why: cut(why) })),
        staleSources: [...new Set(stale)].toSorted().slice(0, most.sources),
        machines: machines
          .slice(0, most.machines)
          .map(({ metadata, machine }) => ({ name: metadata.name ?? "", lookedAt: machine.lookedAt })),
        told: [...against.keys()],
      },
    },
  };

  function nextOf(times: readonly number[]): number | undefined {
    const ahead = times.filter((at) => at > now);
    return ahead.length === 0 ? undefined : Math.min(...ahead);
  }
}

/** What ends soonest; things of one kind that end together are one. */
function endsOf(items: readonly Item[], now: number): SummarisedEnd[] {
  const ending = items.flatMap(({ kind, id, support }) =>
    support?.until === undefined || hasEnded(support, now)
      ? []
      : [{ kind, id, until: support.until, from: support.from }],
  );
  const together = Map.groupBy(ending, ({ kind, until, from }) => `${kind} ${until.slice(0, 10)} ${from}`);
  return [...together.values()]
    .flatMap((all) => {
      const first = all.toSorted((a, b) => Date.parse(a.until) - Date.parse(b.until) || (a.id < b.id ? -1 : 1))[0];
      if (first === undefined) return [];
      const more = all.length > 1 ? ` and ${all.length - 1} more` : "";
      return [{ id: `${cut(first.id)}${more}`, until: first.until, from: cut(first.from) }];
    })
    .toSorted((a, b) => Date.parse(a.until) - Date.parse(b.until))
    .slice(0, most.ends);
}

/** What the one decider says of each offer. */
function planOf({ machines, policies, approvals }: CurrencyFacts, now: number): SummarisedUpdate[] {
  return machines
    .flatMap(({ metadata, machine: { offers, holds, failed } }) => {
      const rules = compileCurrency({ policies, approvals, holds, failed });
      return offers.map(({ part, from, to, security, since }): SummarisedUpdate => {
        const verdict = evaluateCurrency(rules, { part, to, security, since: Date.parse(since) }, now);
        const [first] = verdict.because;
        return {
          machine: metadata.name ?? "",
          part,
          from,
          to,
          decision: verdict.decision,
          action: verdict.action,
          because: cut(first?.says ?? ""),
          ...(verdict.until === undefined ? {} : { until: timestamp(verdict.until) }),
          ...(first?.command === undefined ? {} : { command: first.command }),
        };
      });
    })
    .slice(0, most.plan);
}

/** An image's flaws are told by its own report; that nobody mends its base any more is told here too. */
function spokenAgainst({ item, machine }: Found): [string, Told][] {
  const where = machine === undefined ? "" : `${machine}: `;
  const key = (what: string): string => cut(`${where}${item.id} ${what}`, most.key);
  const what = `${where}${item.id} ${item.version}`;
  if (item.verdict === "unsupported")
    return [[key("unsupported"), { machine, reason: "BecameUnsupported", says: cut(`${what}: ${item.because}`) }]];
  if (item.kind === "image") return [];
  return item.vulnerabilities
    .filter(({ touches }) => touches !== "no")
    .map(({ id, severity, exploited, because }) => [
      key(id),
      {
        machine,
        reason: "BecameVulnerable",
        says: cut(
          `${what}: ${id} (${severity}${exploited ? ", known to be used in attacks" : ""}): ${because}; bulkhead current show ${item.id}`,
        ),
      },
    ]);
}
