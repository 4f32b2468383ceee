import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect } from "vitest";
import {
  openStore,
  type Put,
  type Remove,
  type Store,
  type StoredObject,
  type StoreKey,
  type StoreOptions,
} from "../src/index.ts";

const undo: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** Runs after the test, last first. */
export function after(step: () => void | Promise<void>): void {
  undo.push(step);
}

export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "store-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "store");
}

export async function open(options: Partial<StoreOptions> = {}): Promise<Store> {
  const store = await openStore({ folder: options.folder ?? freshFolder(), ...options });
  after(() => store.close());
  return store;
}

export const key = (name: string, namespace = "default", resource = "configmaps", group = ""): StoreKey => ({
  group,
  resource,
  namespace,
  name,
});

/** A write whose bytes hold its revision and a value. */
export function put(at: StoreKey, expect: number | undefined, value: unknown = null, labels = {}): Put {
  return { op: "put", key: at, expect, bytes: (revision) => body(revision, value), labels, fields: {} };
}

export function remove(at: StoreKey, expect?: number): Remove {
  return { op: "remove", key: at, expect, bytes: (revision) => body(revision, "removed") };
}

export function body(revision: number, value: unknown): Buffer {
  return Buffer.from(JSON.stringify({ revision, value }));
}

export function read(bytes: Uint8Array | undefined): { revision: number; value: unknown } {
  return JSON.parse(Buffer.from(bytes ?? []).toString("utf8")) as { revision: number; value: unknown };
}

export function valueOf(object: StoredObject | undefined): unknown {
  return object === undefined ? undefined : read(object.bytes).value;
}

export const names = (items: Iterable<StoredObject>): string[] =>
  [...items].map((item) => `${item.key.namespace}/${item.key.name}`);

export const code = (expected: string): unknown => expect.objectContaining({ code: expected });

/** Settles once the microtasks and immediates that are queued now have run. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
