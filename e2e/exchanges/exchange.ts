import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** One request of a case. `{ns}` and saved names are filled in; `{"$repeat": [text, n]}` is that text n times. */
export interface Step {
  readonly method: string;
  readonly path: string;
  readonly body?: Json;
  readonly headers?: Readonly<Record<string, string>>;
  readonly user?: string;
  /** Name to a path in the answer, for later steps. */
  readonly save?: Readonly<Record<string, string>>;
  /** Only this part of the answer counts. */
  readonly pick?: string;
  /** Seconds. */
  readonly sleep?: number;
  /** Not compared. */
  readonly quiet?: boolean;
  /** Values that look volatile and are not: the request gave them. */
  readonly given?: readonly string[];
}

export interface Answer {
  readonly code: number;
  readonly warning: readonly string[];
  readonly type: string;
  readonly body: Json;
}

/** A recorded case: requests in a namespace of its own, and what a kube-apiserver 1.36 answered. */
export interface Case {
  readonly name: string;
  readonly steps: readonly Step[];
  /** null for a step that is not compared. */
  readonly answers: readonly (Answer | null)[];
  /** managedFields are part of the answers. */
  readonly managed?: boolean;
}

const file = fileURLToPath(new URL("./fixtures/exchanges.jsonl", import.meta.url));

export const cases: readonly Case[] = readFileSync(file, "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line) as Case);
