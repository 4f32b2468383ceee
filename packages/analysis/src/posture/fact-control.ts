import type { KubeObject, Seen } from "@bulkhead/api";
import type { Kind } from "../snapshot/kinds.ts";
import { needed, type View } from "../snapshot/view.ts";
import { type Area, type Breach, type Control, type ControlCard, objectControl } from "./control.ts";

type FactObject = KubeObject & { readonly facts: object };
type SeenIn<T extends FactObject, F extends keyof T["facts"]> =
  NonNullable<T["facts"][F]> extends Seen<infer V> ? V : never;

/** One way in which a fact is not as it should be. */
export interface FactBreach {
  readonly says: string;
  /** Below the fact's value: `.anonymousAuth`. */
  readonly at?: string;
  readonly key?: string;
  readonly passing?: string;
}

interface FactControl<T extends FactObject, F extends keyof T["facts"]> extends ControlCard {
  readonly fact: F & string;
  /** It asks about a program that only this product has. */
  readonly only?: "kubernetes";
  /**
   * What is wrong with what was seen: nothing (undefined or empty), one thing in words, or several; words without a full
   * stop, to which where it was seen is added; the word `not-applicable`. What else it needs it asks for by `needed`.
   */
  readonly check: (
    value: SeenIn<T, F>,
    of: { readonly object: T; readonly facts: T["facts"]; readonly view: View },
  ) => string | readonly FactBreach[] | undefined;
  readonly passing?: string;
  /** What a person does about it. */
  readonly how: string;
}

const heldBy: Readonly<Partial<Record<Area, string>>> = {
  "control-plane": "the control plane",
  node: "the machine",
  runtime: "the machine's container runtime",
  registry: "the registry",
  backups: "how the cluster is backed up",
  audit: "the audit log",
};

/** A control over one fact of a fact object: where nobody could look, its answer is `unknown`. */
export const factControl = <T extends FactObject, F extends keyof T["facts"]>(
  kind: Kind<T>,
  { fact, only, check, how, passing, ...card }: FactControl<T, F>,
): Control =>
  objectControl(kind, {
    ...card,
    check: (object, view) => {
      const facts: T["facts"] & { readonly product?: Seen<string> } = object.facts;
      if (only !== undefined && facts.product !== undefined && facts.product.value !== only) return "not-applicable";
      const { value, where } = needed(facts[fact], object, fact) as Seen<SeenIn<T, F>>;
      const found = check(value, { object, facts, view });
      if (found === "not-applicable") return found;
      const breaches = found === undefined ? [] : typeof found === "string" ? [{ says: found }] : found;
      return breaches.map(
        ({ at = "", says, ...more }: FactBreach): Breach => ({
          ...(passing === undefined ? {} : { passing }),
          ...more,
          field: `facts.${fact}.value${at}`,
          says: `${says} (${where})`,
        }),
      );
    },
    fix: () => ({
      kind: "by-hand",
      why: `it is a setting of ${heldBy[card.area] ?? "the machine"}, which no object of the cluster holds`,
      how,
    }),
  });
