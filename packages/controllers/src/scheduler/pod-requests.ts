import { type Container, type Pod, parseQuantity, quantityMilliValue, quantityValue } from "@bulkhead/api";

/** Amounts by resource name: cpu in thousandths, all else in whole units. */
export type Amounts = ReadonlyMap<string, number>;

type Quantities = Readonly<Record<string, string | number>> | undefined;

/** Quantities as numbers to calculate with. */
export function amountsOf(quantities: Quantities): Map<string, number> {
  const amounts = new Map<string, number>();
  for (const [name, quantity] of Object.entries(quantities ?? {})) {
    const parsed = parseQuantity(quantity);
    amounts.set(name, name === "cpu" ? quantityMilliValue(parsed) : quantityValue(parsed));
  }
  return amounts;
}

function add(into: Map<string, number>, more: Amounts): void {
  for (const [name, amount] of more) into.set(name, (into.get(name) ?? 0) + amount);
}

function atLeast(into: Map<string, number>, floor: Amounts): void {
  for (const [name, amount] of floor) into.set(name, Math.max(into.get(name) ?? 0, amount));
}

const requestsOf = (container: Container): Map<string, number> => amountsOf(container.resources?.requests);

const known = new WeakMap<Pod, Amounts>();

/** What a pod takes of its node: its containers and sidecars together, or its largest moment of starting up. */
export function podRequests(pod: Pod): Amounts {
  const cached = known.get(pod);
  if (cached !== undefined) return cached;
  const total = new Map<string, number>();
  for (const container of pod.spec?.containers ?? []) add(total, requestsOf(container));
  const sidecars = new Map<string, number>();
  const starting = new Map<string, number>();
  for (const container of pod.spec?.initContainers ?? []) {
    const moment = requestsOf(container);
    if (container.restartPolicy === "Always") {
      add(sidecars, moment);
      atLeast(starting, sidecars);
    } else {
      add(moment, sidecars);
      atLeast(starting, moment);
    }
  }
  add(total, sidecars);
  atLeast(total, starting);
  // Requests of the pod as a whole take the place of its containers'.
  for (const [name, amount] of amountsOf(pod.spec?.resources?.requests)) total.set(name, amount);
  add(total, amountsOf(pod.spec?.overhead));
  known.set(pod, total);
  return total;
}
