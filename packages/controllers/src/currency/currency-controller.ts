import { setTimeout as startTimer } from "node:timers";
import { isDeepStrictEqual } from "node:util";
import {
  type ApiVersionUse,
  apiVersionItems,
  candidatesOf,
  imageItems,
  type Lookups,
  minorOf,
  nodeSubjects,
  serverSubject,
  type Unseen,
} from "@bulkhead/analysis";
import { type CurrencySummary, currencySummaryName, type KubeObject } from "@bulkhead/api";
import {
  createWorkqueue,
  currencyApprovals,
  currencyPolicies,
  currencySummaries,
  hasReason,
  imageReports,
  machineInventories,
  type Resource,
  resources,
} from "@bulkhead/client";
import { type ControllerContext, type ControllerDefinition, work } from "../controller.ts";
import { usesOf, versionOf } from "./gather-cluster.ts";
import { withoutAdvisories } from "./lookups.ts";
import { type Summed, sumUp, type Told } from "./summary.ts";

/** What the controller wants beside objects. */
export interface CurrencySettings {
  /** Advisories and support dates for what no machine tells of itself; absent: there are none at hand. */
  readonly advisories?: {
    open(now: number): Lookups & { close(): void };
    /** Called when they changed. */
    onChange(wake: () => void): void;
  };
}

/** Changes come in numbers: one look for all of so many milliseconds. */
const gather = 2000;
/** What starts has other things to do: the first look comes after so many milliseconds. */
const first = 5000;
/** The summary is written again after so many at the latest, so that its age says that somebody looks. */
const lookAgain = 600_000;
/** All objects are listed for the API versions that they use, after so many milliseconds. */
const listAgain = 3_600_000;
/** What became known is told one by one up to so many at once; the rest in one sentence. */
const toldAtOnce = 8;
const lookKey = "look";
const listKey = "list";

/**
 * Keeps true what has grown old: what the machines publish of themselves, nodes, images, and the API versions in use, held
 * against advisories and support dates; one CurrencySummary, and an Event the first time that something speaks against a
 * thing. Reads only but for these.
 */
export const currencyController = (settings: CurrencySettings): ControllerDefinition => ({
  name: "currency",
  identity: "system:serviceaccount:kube-system:currency-controller",
  clusterRole: "system:controller:currency-controller",
  component: "currency-controller",
  start: (context) => start(context, settings),
});

/** What only lists tell. */
interface Listed {
  readonly version: string | undefined;
  readonly uses: readonly ApiVersionUse[];
  readonly unseen: readonly Unseen[];
}

async function start(context: ControllerContext, { advisories }: CurrencySettings): Promise<void> {
  const { informers, client, reader, events, log, now, signal } = context;
  const queue = createWorkqueue({ name: "currency", log });
  const soon = (): void => queue.addAfter(lookKey, gather);
  const watched = <T extends KubeObject>(resource: Resource<T>, seen: (object: T) => unknown) => {
    const informer = informers.of(resource);
    informer.onChange((current, previous) => {
      if (current === undefined || previous === undefined || !isDeepStrictEqual(seen(current), seen(previous))) soon();
    });
    return informer;
  };
  const machines = watched(machineInventories, ({ machine }) => machine);
  const nodes = watched(resources.nodes, ({ status }) => status?.nodeInfo);
  const images = watched(imageReports, ({ report: { matchedAt: _at, ...told } }) => told);
  const policies = watched(currencyPolicies, ({ spec }) => spec);
  const approvals = watched(currencyApprovals, ({ spec }) => spec);
  let listed: Listed | undefined;
  let before: Pick<CurrencySummary["currency"], "told" | "machines"> | undefined;
  let clock: ReturnType<typeof startTimer> | undefined;
  advisories?.onChange(soon);
  signal.addEventListener("abort", () => clearTimeout(clock), { once: true });
  queue.addAfter(listKey, first);

  await work(context, queue, 1, async (key) => {
    if (key === listKey) {
      const unseen: Unseen[] = [];
      listed = { version: await versionOf(reader), uses: await usesOf(reader, unseen), unseen };
      queue.addAfter(listKey, listAgain);
    }
    // Before the lists are there nothing may be called gone.
    if (listed !== undefined) await look(listed);
  });

  async function look(lists: Listed): Promise<void> {
    const summed = sumUp(factsOf(lists), now());
    const there = await existing();
    before ??= there?.currency;
    tell(await keep(there, summed.summary), summed);
    before = summed.summary.currency;
    clearTimeout(clock);
    clock = startTimer(soon, Math.min(lookAgain, Math.max(1000, (summed.until ?? Infinity) - now())));
  }

  function factsOf({ version, uses, unseen }: Listed) {
    const at = now();
    const known = machines.list();
    const names = new Set(known.map(({ metadata }) => metadata.name));
    // A machine that tells of itself is not guessed at from outside.
    const others = nodes.list().filter(({ metadata }) => !names.has(metadata.name));
    const server =
      known.length === 0 && version !== undefined
        ? [serverSubject({ version, origin: "the API server's /version" })]
        : [];
    const lookups = advisories?.open(at) ?? { ...withoutAdvisories, close() {} };
    try {
      return {
        machines: known,
        policies: policies.list(),
        approvals: approvals.list(),
        sources: lookups.sources,
        candidates: [
          ...candidatesOf([...server, ...nodeSubjects(others)], lookups, at),
          ...apiVersionItems(uses, version === undefined ? undefined : minorOf(version)),
          ...imageItems(images.list().map(({ report }) => report)),
        ],
        unseen: [
          ...unseen,
          ...(version === undefined ? [{ what: "the API server's release", why: "/version did not answer" }] : []),
          ...(known.length > 0
            ? []
            : [{ what: "the machines' parts, packages, certificates and keys", why: "no machine tells of itself" }]),
          {
            what: "tokens in Secrets",
            why: "the currency controller does not read Secrets; ask with bulkhead current",
          },
        ],
      };
    } finally {
      lookups.close();
    }
  }

  async function existing(): Promise<CurrencySummary | undefined> {
    return client.get(currencySummaries, { namespace: "", name: currencySummaryName }).catch((error: unknown) => {
      if (hasReason(error, "NotFound")) return undefined;
      throw error;
    });
  }

  /** Writes the summary where it differs, or says too long ago when somebody looked. */
  async function keep(there: CurrencySummary | undefined, planned: CurrencySummary): Promise<CurrencySummary> {
    if (there === undefined) return client.create(currencySummaries, planned);
    const { lookedAt: _then, ...before } = there.currency;
    const { lookedAt: _now, ...after } = planned.currency;
    const recent = now() - Date.parse(there.currency.lookedAt) < lookAgain;
    if (recent && isDeepStrictEqual(before, after)) return there;
    return client.update(currencySummaries, { ...planned, metadata: there.metadata });
  }

  /** What was not there before, once. A first look, at the cluster or at a machine, has no before: it tells a number. */
  function tell(about: CurrencySummary, { against, summary }: Summed): void {
    const { counts, machines: seen } = summary.currency;
    if (before === undefined) {
      const says = `first look: ${counts.vulnerable} vulnerable, ${counts.unsupported} unsupported, ${counts.update} to update, ${counts.unknown} unknown; bulkhead current`;
      events.event(about, counts.vulnerable + counts.unsupported > 0 ? "Warning" : "Normal", "FirstLook", says);
      return;
    }
    const { told, machines: known } = before;
    const added = new Set(seen.map(({ name }) => name).filter((name) => known.every((each) => each.name !== name)));
    for (const name of added) {
      const count = [...against.values()].filter(({ machine }) => machine === name).length;
      const says = `first look at machine ${name}: ${count} things speak against what it runs; bulkhead current`;
      events.event(about, count > 0 ? "Warning" : "Normal", "FirstLook", says);
    }
    const knew = new Set(told);
    const fresh = [...against].flatMap(([key, each]): Told[] =>
      knew.has(key) || (each.machine !== undefined && added.has(each.machine)) ? [] : [each],
    );
    for (const { reason, says } of fresh.slice(0, toldAtOnce)) events.event(about, "Warning", reason, says);
    const more = fresh.length - toldAtOnce;
    if (more > 0)
      events.event(about, "Warning", "BecameKnown", `and ${more} more became known at once; bulkhead current`);
  }
}
