import { loadavg } from "node:os";

export const round = (value: number, digits = 0): number => Number(value.toFixed(digits));

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Prints a table, with what else the machine does meanwhile. */
export function report(title: string, rows: readonly Record<string, unknown>[]): void {
  console.log(`\n${title} (load average ${loadavg()[0]?.toFixed(1)})`);
  console.table(rows);
}

/** Calls per second of so many clients, each with one call under way. */
export async function perSecond(
  clients: number,
  seconds: number,
  call: (n: number) => Promise<unknown>,
): Promise<number> {
  let n = 0;
  const run = (length: number): Promise<unknown> => {
    const end = performance.now() + length * 1000;
    const client = async (): Promise<void> => {
      while (performance.now() < end) await call(n++);
    };
    return Promise.all(Array.from({ length: clients }, client));
  };
  await run(0.5);
  const before = n;
  const start = performance.now();
  await run(seconds);
  return ((n - before) / (performance.now() - start)) * 1000;
}

const turns = 3;

/** Runs each measurement in turn, three times, so that what else the machine does falls on all alike; gives medians. */
export async function inTurns<Name extends string>(
  measurements: Readonly<Record<Name, (turn: number) => Promise<number>>>,
): Promise<Record<Name, number>> {
  const figures = new Map<string, number[]>();
  for (let turn = 0; turn < turns; turn++)
    for (const [name, measure] of Object.entries<(turn: number) => Promise<number>>(measurements))
      figures.set(name, [...(figures.get(name) ?? []), await measure(turn)]);
  return Object.fromEntries([...figures].map(([name, values]) => [name, median(values)])) as Record<Name, number>;
}
