import { type CurrencyInventory, type Item, itemKinds, type Verdict, verdicts } from "@bulkhead/analysis";
import { CommandFailure } from "../exit-codes.ts";

export interface Selection {
  readonly kind?: readonly string[];
  readonly verdict?: readonly string[];
  readonly name?: string;
}

function oneOf<T extends string>(word: string, words: readonly T[], option: string): T {
  const found = words.find((each) => each === word);
  if (found === undefined) throw new CommandFailure(`${option} ${word}: choose one of ${words.join(", ")}`);
  return found;
}

/** Throws CommandFailure (exit 2) for a kind or verdict that there is none of. */
export function checkSelection({ kind = [], verdict = [] }: Selection): void {
  for (const word of kind) oneOf(word, itemKinds, "--kind");
  for (const word of verdict) oneOf(word, verdicts, "--verdict");
}

/** Only what was asked for; the sources and what was not seen stay. */
export function selected(inventory: CurrencyInventory, selection: Selection): CurrencyInventory {
  checkSelection(selection);
  const { kind, verdict, name } = selection;
  const items = inventory.items.filter(
    (item) =>
      (kind === undefined || kind.includes(item.kind)) &&
      (verdict === undefined || verdict.includes(item.verdict)) &&
      (name === undefined || item.name.includes(name)),
  );
  return { ...inventory, items };
}

/** The one item of a name: `part/runc`, or `runc` where that is of one kind only. Throws CommandFailure (exit 2). */
export function itemNamed({ items }: CurrencyInventory, name: string): Item {
  const exact = items.filter((item) => item.id === name);
  const found =
    exact.length > 0 ? exact : items.filter((item) => item.name === name || item.name.startsWith(`${name}@`));
  const [first] = found;
  if (first === undefined) {
    const near = items.filter((item) => item.id.includes(name)).slice(0, 5);
    throw new CommandFailure(
      `nothing here is called ${name}${near.length === 0 ? "; see bulkhead current --all" : `; is it one of ${near.map(({ id }) => id).join(", ")}?`}`,
    );
  }
  if (found.length > 1) throw new CommandFailure(`${name} is several things: ${found.map(({ id }) => id).join(", ")}`);
  return first;
}

const failOns = ["vulnerable", "unsupported", "update", "unknown", "never"] as const;

/** Items from a verdict on: `update` counts what is vulnerable and unsupported too. */
export function countFrom({ items }: CurrencyInventory, failOn: string): number {
  const from = oneOf(failOn, failOns, "--fail-on");
  if (from === "never") return 0;
  const counted: readonly Verdict[] = verdicts.slice(0, verdicts.indexOf(from) + 1);
  return items.filter(({ verdict }) => counted.includes(verdict)).length;
}
