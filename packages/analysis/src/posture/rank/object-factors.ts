import { type Kind, kinds, workloadKinds } from "../../snapshot/kinds.ts";
import { type Derivation, Unread, type View } from "../../snapshot/view.ts";
import { type Factor, type FactorName, factor, product, sameFactors, unknownFactor } from "./factor.ts";
import { type Touched, touchedBy } from "./touched.ts";
import { type ObjectKey, workloadFactors } from "./workload-factors.ts";

/** All that surrounds an object, and what it multiplies a severity's weight by. */
export interface Surroundings {
  readonly factors: readonly Factor[];
  readonly times: number;
}

const byKey = new Map<string, Kind>(Object.values(kinds).map((kind: Kind) => [kind.key, kind]));
const makesPods: ReadonlySet<string> = new Set(workloadKinds.map(({ key }) => key));

const several = 5;
const lots = 20;
const wholeCluster = 2;

function spread(touched: Touched): Factor {
  if (touched === "all") return factor("spread", wholeCluster, "the whole cluster stands behind it");
  const count = touched.length;
  if (count === 0) return factor("spread", 1, "no workload that is here has to do with it");
  const says = count === 1 ? "one workload stands behind it" : `${count} workloads stand behind it`;
  return factor("spread", count >= lots ? 1.5 : count >= several ? 1.25 : 1, says);
}

const placeOf = (key: ObjectKey): string => {
  const [kind = "", namespace = "", name = ""] = key.split("\n");
  return `${kind.slice(kind.indexOf("/") + 1)} ${namespace}/${name}`;
};

/** Of several workloads, the worst of each factor; the first by name among equals. */
function worstOf(touched: readonly ObjectKey[], view: View): readonly Factor[] {
  const worst = new Map<FactorName, Factor>();
  for (const key of touched.toSorted())
    for (const each of view.derive(workloadFactors, key)) {
      const known = worst.get(each.name);
      const worse =
        known === undefined || each.times > known.times || (each.times === known.times && known.known && !each.known);
      if (!worse) continue;
      worst.set(each.name, { ...each, because: `${placeOf(key)}: ${each.because}` });
    }
  return [...worst.values()].filter(({ times, known }) => times > 1 || !known);
}

/** What surrounds an object (the key). Of one that is no workload: what surrounds the workloads it has to do with. */
export const surroundings: Derivation<Surroundings> = {
  name: "surroundings",
  compute: (view, key) => {
    const factors = factorsOf(key, view);
    return { factors, times: product(factors) };
  },
  same: (a, b) => sameFactors(a.factors, b.factors),
};

function factorsOf(key: ObjectKey, view: View): readonly Factor[] {
  const [kindKey = "", namespace = "", name = ""] = key.split("\n");
  if (makesPods.has(kindKey)) return view.derive(workloadFactors, key);
  const kind = byKey.get(kindKey);
  const object = kind === undefined ? undefined : view.get(kind, namespace, name);
  if (object === undefined) return [];
  try {
    const touched = touchedBy(object, view);
    return touched === "all" ? [spread(touched)] : [...worstOf(touched, view), spread(touched)];
  } catch (error) {
    if (error instanceof Unread)
      return [unknownFactor("spread", `what it has to do with is not known: ${error.message}`)];
    throw error;
  }
}
