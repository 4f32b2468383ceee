/** Debian's order of versions (deb-version(7)): epoch, upstream version, revision; `~` sorts before everything. */
export function compareDebianVersions(a: string, b: string): number {
  const [x, y] = [takeApart(a), takeApart(b)];
  return x.epoch - y.epoch || compareParts(x.upstream, y.upstream) || compareParts(x.revision, y.revision);
}

interface DebianVersion {
  readonly epoch: number;
  readonly upstream: string;
  readonly revision: string;
}

function takeApart(version: string): DebianVersion {
  const colon = version.indexOf(":");
  const rest = version.slice(colon + 1);
  const dash = rest.lastIndexOf("-");
  return {
    epoch: colon === -1 ? 0 : Number.parseInt(version.slice(0, colon), 10) || 0,
    upstream: dash === -1 ? rest : rest.slice(0, dash),
    revision: dash === -1 ? "0" : rest.slice(dash + 1),
  };
}

/** Letters before everything else that is no digit, `~` before even the end. */
const order = (c: string | undefined): number =>
  c === undefined ? 0 : c === "~" ? -1 : /[A-Za-z]/.test(c) ? c.charCodeAt(0) : c.charCodeAt(0) + 256;

function compareParts(a: string, b: string): number {
  let [i, j] = [0, 0];
  const isDigit = (c: string | undefined): boolean => c !== undefined && c >= "0" && c <= "9";
  while (i < a.length || j < b.length) {
    for (;;) {
      const x = i < a.length && !isDigit(a[i]) ? a[i] : undefined;
      const y = j < b.length && !isDigit(b[j]) ? b[j] : undefined;
      if (x === undefined && y === undefined) break;
      if (order(x) !== order(y)) return order(x) - order(y);
      i++;
      j++;
    }
    const number = (text: string, at: number): string => /^[0-9]*/.exec(text.slice(at))?.[0] ?? "";
    const [m, n] = [number(a, i), number(b, j)];
    i += m.length;
    j += n.length;
    const difference = Number(m || 0) - Number(n || 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * The upstream version of a Debian one, as upstream orders them: `2.1.9+ds1-5` → `2.1.9`, `1.0.0~rc93+ds1-5+deb11u5` →
 * `1.0.0~rc93`.
 */
export const upstreamOf = (debian: string): string => takeApart(debian).upstream.replace(/[+~](ds|dfsg|really).*$/, "");
