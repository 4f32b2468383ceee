import type { ControlCard } from "../control.ts";
import type { FrameworkId } from "../frameworks.ts";
import { catalogues } from "./index.ts";
import type { Requirement } from "./requirement.ts";

/** How much of a framework controls speak of. */
export interface Coverage {
  readonly framework: FrameworkId;
  /** All that a machine could answer, and of these those with a control. */
  readonly answerable: number;
  readonly answered: number;
  /** What a machine could answer and no control does. */
  readonly gaps: readonly Requirement[];
  /** What only people can answer, and of these those of which controls can show that they are broken. */
  readonly persons: number;
  readonly personsTouched: number;
}

/** Of one framework, by the controls there are. */
export function coverageOf(framework: FrameworkId, controls: readonly ControlCard[]): Coverage {
  const cited = new Set(controls.flatMap((control) => control.frameworks[framework] ?? []));
  const { requirements } = catalogues[framework];
  const machine = requirements.filter(({ answeredBy }) => answeredBy === "machine");
  const persons = requirements.filter(({ answeredBy }) => answeredBy === "person");
  const gaps = machine.filter(({ id }) => !cited.has(id));
  return {
    framework,
    answerable: machine.length,
    answered: machine.length - gaps.length,
    gaps,
    persons: persons.length,
    personsTouched: persons.filter(({ id }) => cited.has(id)).length,
  };
}
