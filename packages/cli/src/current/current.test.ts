import { type CurrencyInventory, type Item, inventoryOf, keyItems } from "@bulkhead/analysis";
import { oneVersionEach } from "@bulkhead/controllers";
import { expect, test } from "vitest";
import { untilOf } from "../commands/current-hold.ts";
import { CommandFailure } from "../exit-codes.ts";
import { currentText, itemText } from "./current-text.ts";
import { openLookups } from "./lookups.ts";
import { checkSelection, countFrom, itemNamed, selected } from "./select.ts";

const now = Date.UTC(2026, 10, 21);
const key = (name: string, since: string | undefined) => ({
  name,
  origin: `/k/${name}`,
  renewed: false,
  remedy: "change it",
  ...(since === undefined ? {} : { since }),
});
const keys = [key("old", "2024-01-01T00:00:00Z"), key("fresh", "2026-11-01T00:00:00Z"), key("lost", undefined)];
const inventory: CurrencyInventory = inventoryOf([], keyItems(keys, now), openLookups("/nonexistent/a.db", now), {
  of: "/x\u001b[31m",
  now,
  unseen: [{ what: "objects", why: "the API was not asked" }],
});

test("what counts, from a verdict on; what is mistyped is refused, never an empty answer", () => {
  expect(countFrom(inventory, "unsupported")).toBe(0);
  expect(countFrom(inventory, "update")).toBe(1);
  expect(countFrom(inventory, "unknown")).toBe(2);
  expect(countFrom(inventory, "never")).toBe(0);
  expect(() => countFrom(inventory, "updates")).toThrow(CommandFailure);
  expect(() => checkSelection({ kind: ["keys"] })).toThrow(CommandFailure);
  expect(() => checkSelection({ verdict: ["old"] })).toThrow(CommandFailure);
  expect(selected(inventory, { verdict: ["current"] }).items.map(({ name }) => name)).toEqual(["fresh"]);
});

test("an item by its whole name or a plain one; what is not there is a question that cannot be answered", () => {
  expect(itemNamed(inventory, "key/old").name).toBe("old");
  expect(itemNamed(inventory, "old").id).toBe("key/old");
  expect(() => itemNamed(inventory, "ol")).toThrow(/is it one of key\/old/);
  const twice = { ...inventory, items: [...inventory.items, { ...(inventory.items[0] as Item), id: "token/old" }] };
  expect(() => itemNamed(twice, "old")).toThrow(/several things/);
});

test("the screen claims nothing of what it could not look up, and steers no terminal", () => {
  const text = currentText(inventory, { now });
  expect(text).not.toContain("\u001b[31m");
  expect(text).toContain("1 to update, 1 unknown, 1 current");
  expect(text).toContain("nobody knows since when lost is in use");
  expect(text).toContain("No advisories are at hand");
  expect(text).toContain("objects: the API was not asked");
  expect(itemText(itemNamed(inventory, "old"))).toContain("→ change it");
});

test("a hold's end: a day, a time from now, and nothing else", () => {
  expect(untilOf("2026-12-24", now)).toBe(Date.UTC(2026, 11, 24));
  expect(untilOf("2w", now)).toBe(now + 14 * 86_400_000);
  for (const text of ["", "soon", "7", "12-24", "d7"]) expect(untilOf(text, now)).toBeUndefined();
});

test("each resource is listed once, in the version that is preferred where it is there", () => {
  const found = (group: string, version: string, name: string, preferred: boolean, verbs = ["list"]) => ({
    resource: { group, version, resource: name, kind: name, namespaced: true },
    verbs,
    preferred,
  });
  const chosen = oneVersionEach([
    found("autoscaling", "v1", "horizontalpodautoscalers", false),
    found("autoscaling", "v2", "horizontalpodautoscalers", true),
    found("x", "v1beta1", "only", false),
    found("", "v1", "events", true),
    found("authorization.k8s.io", "v1", "subjectaccessreviews", true, ["create"]),
  ]);
  expect(chosen.map(({ resource }) => `${resource.version} ${resource.resource}`)).toEqual([
    "v2 horizontalpodautoscalers",
    "v1beta1 only",
  ]);
});
