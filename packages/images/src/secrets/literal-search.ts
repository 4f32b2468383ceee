/**
 * Says whether any of a set of literals (four bytes or more) occurs in bytes. Wu and Manber's method with blocks of two
 * bytes: most positions are skipped three at a time, so that whole images can be searched.
 */
export function createLiteralSearch(literals: readonly string[]): (bytes: Buffer) => boolean {
  const window = 4;
  const shift = new Uint8Array(65_536).fill(window - 1);
  const byEnd = new Map<number, Buffer[]>();
  for (const literal of literals) {
    const bytes = Buffer.from(literal, "latin1");
    if (bytes.length < window) throw new RangeError(`a literal of less than ${window} bytes`);
    for (let i = 0; i < window - 1; i++) {
      const block = ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
      shift[block] = Math.min(shift[block] ?? 0, window - 2 - i);
    }
    const end = ((bytes[window - 2] ?? 0) << 8) | (bytes[window - 1] ?? 0);
    byEnd.set(end, [...(byEnd.get(end) ?? []), bytes]);
  }
  return (bytes) => {
    const last = bytes.length - 1;
    let at = window - 1;
    while (at <= last) {
      const block = ((bytes[at - 1] as number) << 8) | (bytes[at] as number);
      const step = shift[block] as number;
      if (step > 0) {
        at += step;
        continue;
      }
      const start = at - window + 1;
      for (const literal of byEnd.get(block) ?? []) {
        let i = 0;
        while (i < literal.length && literal[i] === bytes[start + i]) i++;
        if (i === literal.length) return true;
      }
      at++;
    }
    return false;
  };
}
