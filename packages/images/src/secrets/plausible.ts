/** Words of values that stand for a secret and are none. */
const placeholder =
  /example|sample|changeme|change[-_]me|placeholder|dummy|fake|redacted|your[-_]|[-_]here|insert[-_]|replace|todo|xxxx|\*\*\*\*|\.\.\.|<[^>]*>|\$\{|\$\(|\{\{|%\(|deadbeef|0123456789|123456|abcdef|qwert/i;

/** Shannon's entropy of the characters, bits each. */
export function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const c of text) counts.set(c, (counts.get(c) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

/** False for placeholders and for values too regular to have been drawn at random. */
export const plausible = (value: string, leastEntropy = 3): boolean =>
  value.length > 0 && !placeholder.test(value) && entropy(value) >= leastEntropy;
