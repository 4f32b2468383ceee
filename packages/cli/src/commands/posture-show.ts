import type { Control, ControlResult, Fix, PostureFinding } from "@bulkhead/analysis";
import { CommandFailure } from "../exit-codes.ts";
import { nearest } from "../output/nearest.ts";
import { lineOf } from "../posture/place.ts";
import type { Look } from "./posture.ts";

/** A control, and those of its findings that were asked for. */
export interface Shown {
  readonly card: Control;
  readonly result: ControlResult;
  readonly findings: readonly {
    readonly finding: PostureFinding;
    readonly place?: { readonly file: string; readonly line: number };
    readonly fix?: Fix;
  }[];
}

/** What a word names: a control by its id, a finding by its id or the beginning of it. Throws CommandFailure. */
export function namedIn(
  look: Look,
  word: string,
): { readonly card: Control; readonly findings: readonly PostureFinding[] } {
  const { controls } = look.evaluation;
  const card = controls.find(({ id }) => id === word);
  if (card !== undefined) return { card, findings: look.report.findings.filter(({ control }) => control === card.id) };
  const found = look.report.findings.filter(({ id }) => id === word);
  const begun = found.length > 0 ? found : look.report.findings.filter(({ id }) => id.startsWith(word));
  const [first] = begun;
  const owner = controls.find(({ id }) => id === first?.control);
  if (first !== undefined && owner !== undefined && begun.every(({ control }) => control === owner.id))
    return { card: owner, findings: begun };
  if (first !== undefined)
    throw new CommandFailure(
      `${JSON.stringify(word)} begins several: ${[...new Set(begun.map(({ control }) => control))].slice(0, 5).join(", ")}`,
    );
  const near = nearest(word, [...controls.map(({ id }) => id), ...look.report.findings.map(({ id }) => id)]);
  throw new CommandFailure(
    `there is no finding and no control ${JSON.stringify(word)}${near === undefined ? "; bulkhead posture list shows what there is" : `; did you mean ${near}?`}`,
  );
}

/** A control or finding, with how each would be mended. */
export function shown(look: Look, word: string): Shown {
  const { card, findings } = namedIn(look, word);
  const result = look.report.controls.find(({ id }) => id === card.id);
  if (result === undefined) throw new CommandFailure(`${card.id} is left out by what was asked for`);
  return {
    card,
    result,
    findings: findings.map((finding) => {
      const place = lineOf(look, finding);
      const whole = look.evaluation.finding(finding.id);
      const fix = whole?.outcome === "fail" ? look.evaluation.fix(whole) : undefined;
      return { finding, ...(place === undefined ? {} : { place }), ...(fix === undefined ? {} : { fix }) };
    }),
  };
}
