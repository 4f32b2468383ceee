import { execFileSync } from "node:child_process";
import { openSync, writeSync } from "node:fs";
import type { Line } from "../line.ts";

const port = "/dev/ttyS1";
execFileSync("stty", ["-F", port, "raw", "-echo"]);
const descriptor = openSync(port, "w");

/** A line to the host; it is out of the machine when this returns. */
export function tell(line: Line): void {
  const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
}

export const step = (text: string): void => tell({ kind: "step", text });

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** One test; its failure is told and the stage goes on. */
export async function test(name: string, body: () => Promise<void>): Promise<boolean> {
  try {
    await body();
    tell({ kind: "test", name, ok: true });
    return true;
  } catch (error) {
    tell({ kind: "test", name, ok: false, why: messageOf(error) });
    return false;
  }
}

/** A test without which nothing that follows means anything. */
export async function needed(name: string, body: () => Promise<void>): Promise<void> {
  if (!(await test(name, body))) throw new Error(`${name}: nothing after it can be tried`);
}

/** Throws unless it holds. */
export function expect(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise);
}

/** Asks again until it does not throw, at most so many seconds. */
export async function until<T>(seconds: number, ask: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}
