/** How many letters must be changed, added or dropped to make one word of the other. */
export function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of a.split("").entries()) {
    const next = [i + 1];
    for (const [j, other] of b.split("").entries())
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (letter === other ? 0 : 1)));
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The word that was most likely meant: near enough, or the only one that begins so. */
export function nearest(word: string, words: Iterable<string>): string | undefined {
  const lower = word.toLowerCase();
  const all = [...words];
  const near = all
    .map((each) => ({ each, by: distance(lower, each.toLowerCase()) }))
    .filter(({ by }) => by <= Math.max(2, Math.floor(lower.length / 4)))
    .sort((a, b) => a.by - b.by)[0]?.each;
  if (near !== undefined) return near;
  const inside = all.filter((each) => lower.length > 2 && each.toLowerCase().includes(lower));
  return inside.length === 1 ? inside[0] : undefined;
}
