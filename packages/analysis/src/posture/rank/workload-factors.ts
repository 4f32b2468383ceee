import { kindKeyOf, workloadKinds } from "../../snapshot/kinds.ts";
import type { Derivation } from "../../snapshot/view.ts";
import { type Workload, workloadOf } from "../workload.ts";
import { breakout } from "./breakout.ts";
import { type Factor, looked, sameFactors } from "./factor.ts";
import { powersHeld, secretsHeld } from "./holdings.ts";
import { reachable } from "./reachable.ts";
import { vulnerable } from "./vulnerable.ts";

/** Names an object: `apps/Deployment`, `shop`, `web`, a line each. */
export type ObjectKey = string;

export const objectKey = (kind: string, namespace: string, name: string): ObjectKey => `${kind}\n${namespace}\n${name}`;
export const workloadKey = ({ object, namespace }: Workload): ObjectKey =>
  objectKey(kindKeyOf(object), namespace, object.metadata.name ?? "");

const byKey = new Map(workloadKinds.map((kind) => [kind.key, kind]));

/** What surrounds a workload (the key) and makes what is wrong with it worse; empty where another is judged for it. */
export const workloadFactors: Derivation<readonly Factor[]> = {
  name: "workload-factors",
  compute: (view, key) => {
    const [kindKey = "", namespace = "", name = ""] = key.split("\n");
    const kind = byKey.get(kindKey);
    const object = kind === undefined ? undefined : view.get(kind, namespace, name);
    const workload = object === undefined ? undefined : workloadOf(object, view);
    if (workload === undefined) return [];
    return [
      looked("reachable", () => reachable(workload, view)),
      looked("breakout", () => breakout(workload)),
      looked("secrets", () => secretsHeld(workload)),
      looked("powers", () => powersHeld(workload, view)),
      looked("vulnerable", () => vulnerable(workload, view)),
    ];
  },
  same: sameFactors,
};
