/** Unified differences of texts, line by line, as Python's difflib and its Go port make them. */

interface Block {
  readonly a: number;
  readonly b: number;
  readonly size: number;
}

interface Range {
  readonly aFrom: number;
  readonly aTo: number;
  readonly bFrom: number;
  readonly bTo: number;
}

/** Where each line of b stands. Lines that are everywhere (1% of a long text) are no anchors. */
function positions(b: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const at = new Map<string, number[]>();
  for (const [index, line] of b.entries()) {
    const list = at.get(line);
    if (list === undefined) at.set(line, [index]);
    else list.push(index);
  }
  if (b.length >= 200) {
    const popular = Math.floor(b.length / 100) + 1;
    for (const [line, list] of at) if (list.length > popular) at.delete(line);
  }
  return at;
}

/** The longest run of equal lines within a range; the first such in a, then in b. */
function longest(
  a: readonly string[],
  b: readonly string[],
  at: ReadonlyMap<string, readonly number[]>,
  r: Range,
): Block {
  let best: Block = { a: r.aFrom, b: r.bFrom, size: 0 };
  let lengths = new Map<number, number>();
  for (let i = r.aFrom; i < r.aTo; i++) {
    const next = new Map<number, number>();
    for (const j of at.get(a[i] ?? "") ?? []) {
      if (j < r.bFrom) continue;
      if (j >= r.bTo) break;
      const size = (lengths.get(j - 1) ?? 0) + 1;
      next.set(j, size);
      if (size > best.size) best = { a: i - size + 1, b: j - size + 1, size };
    }
    lengths = next;
  }
  let { a: from, b: bFrom, size } = best;
  while (from > r.aFrom && bFrom > r.bFrom && a[from - 1] === b[bFrom - 1]) {
    from--;
    bFrom--;
    size++;
  }
  while (from + size < r.aTo && bFrom + size < r.bTo && a[from + size] === b[bFrom + size]) size++;
  return { a: from, b: bFrom, size };
}

function matchingBlocks(a: readonly string[], b: readonly string[]): Block[] {
  const at = positions(b);
  const blocks: Block[] = [];
  const queue: Range[] = [{ aFrom: 0, aTo: a.length, bFrom: 0, bTo: b.length }];
  for (let range = queue.pop(); range !== undefined; range = queue.pop()) {
    const block = longest(a, b, at, range);
    if (block.size === 0) continue;
    blocks.push(block);
    queue.push({ ...range, aTo: block.a, bTo: block.b });
    queue.push({ ...range, aFrom: block.a + block.size, bFrom: block.b + block.size });
  }
  blocks.sort((x, y) => x.a - y.a || x.b - y.b);
  return [...blocks, { a: a.length, b: b.length, size: 0 }];
}

interface Change extends Range {
  readonly equal: boolean;
}

function changes(a: readonly string[], b: readonly string[]): Change[] {
  const out: Change[] = [];
  let i = 0;
  let j = 0;
  for (const block of matchingBlocks(a, b)) {
    if (i < block.a || j < block.b) out.push({ equal: false, aFrom: i, aTo: block.a, bFrom: j, bTo: block.b });
    i = block.a + block.size;
    j = block.b + block.size;
    if (block.size > 0) out.push({ equal: true, aFrom: block.a, aTo: i, bFrom: block.b, bTo: j });
  }
  return out;
}

/** One change between what two texts begin and end with alike: all that is looked for in texts too long to compare. */
function coarseChanges(a: readonly string[], b: readonly string[]): Change[] {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let aTo = a.length;
  let bTo = b.length;
  while (aTo > head && bTo > head && a[aTo - 1] === b[bTo - 1]) {
    aTo--;
    bTo--;
  }
  const all: Change[] = [
    { equal: true, aFrom: 0, aTo: head, bFrom: 0, bTo: head },
    { equal: false, aFrom: head, aTo, bFrom: head, bTo },
    { equal: true, aFrom: aTo, aTo: a.length, bFrom: bTo, bTo: b.length },
  ];
  return all.filter((change) => change.aTo > change.aFrom || change.bTo > change.bFrom);
}

/** Comparing takes the square of the length: beyond this a client could keep the server busy with one request. */
const maxCompared = 3000;

/** Changes with some equal lines around each, in groups as far apart as those lines reach. */
function grouped(all: readonly Change[], context: number): Change[][] {
  const groups: Change[][] = [];
  let group: Change[] = [];
  for (const [index, change] of all.entries()) {
    if (!change.equal) {
      group.push(change);
      continue;
    }
    const head = {
      ...change,
      aTo: Math.min(change.aTo, change.aFrom + context),
      bTo: Math.min(change.bTo, change.bFrom + context),
    };
    const tail = {
      ...change,
      aFrom: Math.max(change.aFrom, change.aTo - context),
      bFrom: Math.max(change.bFrom, change.bTo - context),
    };
    if (index === 0) group.push(tail);
    else if (index === all.length - 1) group.push(head);
    else if (change.aTo - change.aFrom > 2 * context) {
      groups.push([...group, head]);
      group = [tail];
    } else group.push(change);
  }
  if (group.some((change) => !change.equal)) groups.push(group);
  return groups;
}

function shownRange(from: number, to: number): string {
  const length = to - from;
  if (length === 1) return String(from + 1);
  return `${length === 0 ? from : from + 1},${length}`;
}

/** Hunks (`@@ -1,7 +1,7 @@` …) without file names, three lines of context; "" for equal texts. */
export function unifiedDiff(before: string, after: string): string {
  const a = before.split("\n");
  const b = after.split("\n");
  let out = "";
  for (const group of grouped(a.length + b.length > 2 * maxCompared ? coarseChanges(a, b) : changes(a, b), 3)) {
    const first = group[0] as Change;
    const last = group.at(-1) as Change;
    out += `@@ -${shownRange(first.aFrom, last.aTo)} +${shownRange(first.bFrom, last.bTo)} @@\n`;
    for (const change of group) {
      if (change.equal) for (const line of a.slice(change.aFrom, change.aTo)) out += ` ${line}\n`;
      else {
        for (const line of a.slice(change.aFrom, change.aTo)) out += `-${line}\n`;
        for (const line of b.slice(change.bFrom, change.bTo)) out += `+${line}\n`;
      }
    }
  }
  return out;
}
