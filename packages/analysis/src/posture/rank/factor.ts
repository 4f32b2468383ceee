import type { ObjectRef } from "@bulkhead/api";
import { Unread } from "../../snapshot/view.ts";
import type { Severity } from "../control.ts";

/** What a risk is made of, beside the severity. */
export const factorNames = ["reachable", "breakout", "secrets", "powers", "vulnerable", "spread", "accepted"] as const;
export type FactorName = (typeof factorNames)[number];

/** One ingredient of a risk. */
export interface Factor {
  readonly name: FactorName;
  /** 1 changes nothing; an unknown ingredient is never below 1. */
  readonly times: number;
  /** One sentence without a full stop: why so much. */
  readonly because: string;
  /** The objects behind it. */
  readonly through: readonly ObjectRef[];
  /** False: it could not be looked at, and counts as more than nothing and less than the worst. */
  readonly known: boolean;
}

/** What a finding of a severity weighs before anything around it is looked at. */
export const severityWeight: Readonly<Record<Severity, number>> = { critical: 10, high: 6, medium: 3, low: 1 };

export const factor = (
  name: FactorName,
  times: number,
  because: string,
  through: readonly ObjectRef[] = [],
): Factor => ({ name, times, because, through, known: true });

/** What stands for an ingredient that nobody could look at. */
const unknownTimes: Readonly<Record<FactorName, number>> = {
  reachable: 2,
  breakout: 1.5,
  secrets: 1.25,
  powers: 1.75,
  vulnerable: 1.5,
  spread: 1.25,
  accepted: 1,
};

export const unknownFactor = (name: FactorName, because: string, through: readonly ObjectRef[] = []): Factor => ({
  name,
  times: unknownTimes[name],
  because,
  through,
  known: false,
});

/** Works a factor out; what it needs and could not be read makes it unknown. */
export function looked(name: FactorName, look: () => Factor): Factor {
  try {
    return look();
  } catch (error) {
    if (error instanceof Unread) return unknownFactor(name, error.message);
    throw error;
  }
}

export const product = (factors: readonly Factor[]): number => factors.reduce((all, { times }) => all * times, 1);

export const sameFactors = (a: readonly Factor[], b: readonly Factor[]): boolean =>
  a.length === b.length &&
  a.every((one, index) => {
    const other = b[index];
    return (
      other !== undefined &&
      one.name === other.name &&
      one.times === other.times &&
      one.because === other.because &&
      one.known === other.known &&
      one.through.length === other.through.length &&
      one.through.every((ref, at) => nameOf(ref) === nameOf(other.through[at]))
    );
  });

/** `Service shop/web` */
export const nameOf = (ref: ObjectRef | undefined): string =>
  ref === undefined ? "" : `${ref.kind} ${ref.namespace === undefined ? "" : `${ref.namespace}/`}${ref.name}`;
