import type { Scenario } from "./scenario.ts";

/** A field that is not compared, and why. */
interface ChosenDifference {
  readonly path: RegExp;
  readonly why: string;
}

/** Every field in which we differ from upstream by choice, or that no two runs of upstream have alike. */
const chosenDifferences: readonly ChosenDifference[] = [
  {
    path: /^EndpointSlice\.metadata\.generation$/,
    why: "counts how often the slice was written, which depends on how many pods became ready between two looks",
  },
  {
    path: /^Pod\.spec\.tolerations$/,
    why: "the two tolerations that the server gives every pod were left out of the recording",
  },
];

export const isChosen = (path: string): boolean => chosenDifferences.some((difference) => difference.path.test(path));

/** Scenarios of kinds that are not served yet. */
export const notServed: Readonly<Record<string, string>> = {
  "service/headless": "StatefulSet is not served yet",
  "schedule/preempt": "PriorityClass is not served yet",
};

/** Steps whose state is not compared. */
export const stepsNotCompared: Readonly<Record<string, { readonly step: number; readonly why: string }>> = {
  "namespace/delete": {
    step: 3,
    why: "upstream waits five seconds before it empties a namespace and was recorded before; we begin at once (see namespace.test.ts)",
  },
};

/** Steps that need time to pass: a progress deadline of 3 s. */
export const timeOf = (scenario: Scenario, step: number): number =>
  scenario.name === "deployment/stuck" && step === 1 ? 5_500 : 0;
