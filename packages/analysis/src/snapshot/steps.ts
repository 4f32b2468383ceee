/** Work that may be put down after each step and taken up again; what it returns is its result. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Does all of it at once. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** So many things are looked at in a step where each takes next to nothing. */
const together = 256;

/** The same things in turn, a step for so many of them. */
export function* inTurn<T>(items: Iterable<T>, visit: (item: T) => void): Steps<void> {
  let visited = 0;
  for (const item of items) {
    visit(item);
    if (++visited % together === 0) yield;
  }
}

/** What `toSorted` makes of them, in steps. */
export function* sorting<T>(items: readonly T[], compare: (a: T, b: T) => number): Steps<readonly T[]> {
  let runs: T[][] = [];
  for (let from = 0; from < items.length; from += together) {
    runs.push(items.slice(from, from + together).sort(compare));
    yield;
  }
  while (runs.length > 1) {
    const merged: T[][] = [];
    for (let i = 0; i < runs.length; i += 2) merged.push(yield* merging(runs[i] ?? [], runs[i + 1] ?? [], compare));
    runs = merged;
  }
  return runs[0] ?? [];
}

function* merging<T>(first: readonly T[], second: readonly T[], compare: (a: T, b: T) => number): Steps<T[]> {
  const merged: T[] = [];
  let [left, right] = [0, 0];
  while (left < first.length || right < second.length) {
    const isLeft =
      right === second.length || (left < first.length && compare(first[left] as T, second[right] as T) <= 0);
    merged.push(isLeft ? (first[left++] as T) : (second[right++] as T));
    if (merged.length % together === 0) yield;
  }
  return merged;
}
