import { type Digits, digits, isDigit, type Ordering, order, orderDigits, type VersionOrder } from "./version-order.ts";

type Item =
  | { readonly kind: "number"; readonly value: Digits }
  | { readonly kind: "word"; readonly value: string }
  | List;

interface List {
  readonly kind: "list";
  readonly items: Item[];
}

export type MavenVersion = List;

/** org.apache.maven's ComparableVersion, as of Maven 3.9. Every text is a version to it. */
export const maven: VersionOrder<MavenVersion> = {
  parse: (text) => (text.trim() === "" || !/^[\x20-\x7e]*$/.test(text) ? undefined : parse(text.trim().toLowerCase())),
  compare: (a, b) => compareLists(a, b),
};

function parse(text: string): List {
  const root: List = { kind: "list", items: [] };
  const lists = [root];
  let list = root;
  let start = 0;
  let digit = false;
  const deeper = (): void => {
    const next: List = { kind: "list", items: [] };
    list.items.push(next);
    lists.push(next);
    list = next;
  };
  const add = (to: number, beforeDigit = false): void => {
    const part = text.slice(start, to);
    list.items.push(digit ? { kind: "number", value: digits(part || "0") } : word(part, beforeDigit));
  };
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x2e || code === 0x2d) {
      if (i === start) list.items.push({ kind: "number", value: 0 });
      else add(i);
      start = i + 1;
      if (code === 0x2d) deeper();
    } else if (isDigit(code)) {
      if (!digit && i > start) {
        // 1.0.0.X1 is below 1.0.0-X2: a word after a dot is as one after a dash.
        if (list.items.length > 0) deeper();
        add(i, true);
        start = i;
        deeper();
      }
      digit = true;
    } else {
      if (digit && i > start) {
        add(i);
        start = i;
        deeper();
      }
      digit = false;
    }
  }
  if (text.length > start) {
    if (!digit && list.items.length > 0) deeper();
    add(text.length);
  }
  for (const each of lists.reverse()) normalise(each.items);
  return root;
}

const singleLetters: Readonly<Record<string, string>> = { a: "alpha", b: "beta", m: "milestone" };
const aliases: Readonly<Record<string, string>> = { cr: "rc", ga: "", final: "", release: "" };

function word(text: string, beforeDigit: boolean): Item {
  const known = beforeDigit ? (Object.hasOwn(singleLetters, text) ? (singleLetters[text] ?? text) : text) : text;
  return { kind: "word", value: Object.hasOwn(aliases, known) ? (aliases[known] ?? "") : known };
}

const isNull = (item: Item): boolean =>
  item.kind === "number" ? item.value === 0 : item.kind === "word" ? item.value === "" : item.items.length === 0;

/** Drops what says nothing before the end of a list, past lists that say something. */
function normalise(items: Item[]): void {
  for (let i = items.length - 1; i >= 0; i--) {
    const each = items[i];
    if (each === undefined) continue;
    if (isNull(each)) items.splice(i, 1);
    else if (each.kind !== "list") break;
  }
}

const qualifiers = ["alpha", "beta", "milestone", "rc", "snapshot", "", "sp"];
const released = "5";

/** Known words by rank, unknown ones after them by spelling: compared as text, as Maven does. */
function rank(word: string): string {
  const at = qualifiers.indexOf(word);
  return at < 0 ? `${qualifiers.length}-${word}` : String(at);
}

const kindOrder = { word: 0, list: 1, number: 2 } as const;

function compareItems(a: Item, b: Item | undefined): Ordering {
  if (b === undefined) return compareWithNothing(a);
  if (a.kind === "number" && b.kind === "number") return orderDigits(a.value, b.value);
  if (a.kind === "list" && b.kind === "list") return compareLists(a, b);
  if (a.kind === "word" && b.kind === "word") return order(rank(a.value), rank(b.value));
  return order(kindOrder[a.kind], kindOrder[b.kind]);
}

function compareWithNothing(a: Item): Ordering {
  switch (a.kind) {
    case "number":
      return a.value === 0 ? 0 : 1;
    case "word":
      return order(rank(a.value), released);
    case "list":
      for (const each of a.items) {
        const result = compareWithNothing(each);
        if (result !== 0) return result;
      }
      return 0;
  }
}

function compareLists(a: List, b: List): Ordering {
  const length = Math.max(a.items.length, b.items.length);
  for (let i = 0; i < length; i++) {
    const left = a.items[i];
    const right = b.items[i];
    const result =
      left === undefined
        ? right === undefined
          ? 0
          : ((0 - compareWithNothing(right)) as Ordering)
        : compareItems(left, right);
    if (result !== 0) return result;
  }
  return 0;
}
