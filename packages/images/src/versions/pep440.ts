import { type Digits, digits, type Ordering, order, orderDigits, type VersionOrder } from "./version-order.ts";

/** A Python version (PEP 440), in the form that it is ordered by. */
export interface PythonVersion {
  readonly epoch: Digits;
  /** Without trailing zeros. */
  readonly release: readonly Digits[];
  /** Phase and number: dev of a final release first, then a, b, rc, then none. */
  readonly pre: readonly [phase: 0 | 1 | 2 | 3 | 4, number: Digits];
  readonly post: Digits;
  readonly dev: Digits;
  readonly local: readonly (string | Digits)[] | undefined;
}

const pattern = new RegExp(
  [
    /^v?(?:(\d+)!)?(\d+(?:\.\d+)*)/,
    /(?:[-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?(\d*))?/,
    /(?:-(\d+)|[-_.]?(post|rev|r)[-_.]?(\d*))?/,
    /(?:[-_.]?(dev)[-_.]?(\d*))?/,
    /(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?$/,
  ]
    .map((part) => part.source)
    .join(""),
);

const phases = { a: 1, alpha: 1, b: 2, beta: 2, c: 3, rc: 3, pre: 3, preview: 3 } as const;

export const pep440: VersionOrder<PythonVersion> = {
  parse(text) {
    const match = pattern.exec(text.trim().toLowerCase());
    if (match === null) return undefined;
    const [, epoch, release = "", phase, number, implicitPost, post, postNumber, dev, devNumber, local] = match;
    const numbers = release.split(".").map(digits);
    while (numbers.length > 1 && numbers.at(-1) === 0) numbers.pop();
    const hasPost = implicitPost !== undefined || post !== undefined;
    return {
      epoch: digits(epoch ?? "0"),
      release: numbers,
      pre:
        phase !== undefined
          ? [phases[phase as keyof typeof phases], digits(number || "0")]
          : [dev !== undefined && !hasPost ? 0 : 4, 0],
      post: hasPost ? digits(implicitPost ?? (postNumber || "0")) : -1,
      dev: dev === undefined ? Number.POSITIVE_INFINITY : digits(devNumber || "0"),
      local: local?.split(/[-_.]/).map((part) => (/^\d+$/.test(part) ? digits(part) : part)),
    };
  },
  compare: (a, b) =>
    orderDigits(a.epoch, b.epoch) ||
    compareReleases(a.release, b.release) ||
    order(a.pre[0], b.pre[0]) ||
    orderDigits(a.pre[1], b.pre[1]) ||
    orderDigits(a.post, b.post) ||
    orderDigits(a.dev, b.dev) ||
    compareLocal(a.local, b.local),
};

function compareReleases(a: readonly Digits[], b: readonly Digits[]): Ordering {
  const length = Math.max(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const result = orderDigits(a[i] ?? 0, b[i] ?? 0);
    if (result !== 0) return result;
  }
  return 0;
}

/** No local part first; a word before a number; a longer one after its own beginning. */
function compareLocal(a: PythonVersion["local"], b: PythonVersion["local"]): Ordering {
  if (a === undefined || b === undefined) return order(Number(a !== undefined), Number(b !== undefined));
  for (let i = 0; ; i++) {
    const left = a[i];
    const right = b[i];
    if (left === undefined || right === undefined)
      return order(Number(left !== undefined), Number(right !== undefined));
    if (typeof left !== typeof right && (typeof left === "string" || typeof right === "string"))
      return typeof left === "string" ? -1 : 1;
    const result = order(left as string, right as string);
    if (result !== 0) return result;
  }
}
