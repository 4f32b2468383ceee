import { type ControlCard, type FrameworkId, frameworks } from "@bulkhead/analysis";
import { clean, level } from "../image/words.ts";
import { paint } from "../output/print.ts";
import { wrapped } from "../output/wrapped.ts";

/** What a control says of itself. */
export function cardText(card: ControlCard): string[] {
  const cited = Object.entries(card.frameworks) as [FrameworkId, readonly string[]][];
  return [
    `${paint("bold", card.title)}  ${paint("dim", `${card.id}, ${card.area}`)}`,
    "",
    ...wrapped(card.attack),
    "",
    `  ${level(card.severity)}: ${clean(card.severityBecause)}`,
    ...cited.map(([name, ids]) =>
      paint("dim", `  ${frameworks[name].title} ${frameworks[name].version}: ${ids.join(", ")}`),
    ),
  ];
}

/** What of a control is words. */
export const cardOf = ({
  id,
  title,
  area,
  attack,
  severity,
  severityBecause,
  frameworks: cited,
}: ControlCard): ControlCard => ({ id, title, area, attack, severity, severityBecause, frameworks: cited });
