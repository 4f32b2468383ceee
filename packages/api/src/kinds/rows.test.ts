import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { TableColumnDefinition } from "../table.ts";
import { kindRows, rowFor, rowForKind } from "./index.ts";

interface Facts {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly subresources: readonly string[];
  readonly columns: readonly TableColumnDefinition[];
}

const facts = JSON.parse(readFileSync(new URL("./fixtures/facts/rows.json", import.meta.url), "utf8")) as Facts[];

/** A column without its description. */
const shape = ({ name, type, format, priority }: TableColumnDefinition): object => ({ name, type, format, priority });

describe("rows say of themselves what a real API server's discovery and tables say", () => {
  test("every row is known there", () => {
    expect(facts.map(({ resource }) => resource)).toEqual(kindRows.map(({ resource }) => resource));
  });

  test.each(facts)("$resource", (fact) => {
    const row = rowFor(fact.group, fact.version, fact.resource);
    expect(row).toMatchObject({
      kind: fact.kind,
      singular: fact.singular,
      shortNames: fact.shortNames,
      categories: fact.categories,
      namespaced: fact.namespaced,
      verbs: fact.verbs,
    });
    expect(rowForKind(fact.group, fact.version, fact.kind)).toBe(row);
    expect(row?.table.columns.map(shape)).toEqual(fact.columns.map(shape));
    for (const name of Object.keys(row?.subresources ?? {})) expect(fact.subresources).toContain(name);
    expect(row?.scale !== undefined).toBe(fact.subresources.includes("scale"));
  });
});

describe("every row", () => {
  test.each(kindRows.map((row) => [row.resource, row] as const))("%s has a cell for every column", (_name, row) => {
    const draft = { apiVersion: row.version, kind: row.kind, metadata: { name: "a" } };
    row.defaults(draft);
    row.prepareCreate(draft, { now: "2026-01-01T00:00:00Z", randomSuffix: () => "bcdfg" });
    expect(row.table.cells(draft, 0)).toHaveLength(row.table.columns.length);
  });

  test.each(kindRows.map((row) => [row.resource, row] as const))(
    "%s takes an empty object apart, not down",
    (_name, row) => {
      const draft = { apiVersion: row.version, kind: row.kind, metadata: {} };
      row.defaults(draft);
      const again = structuredClone(draft);
      row.defaults(again);
      expect(again).toEqual(draft);
      for (const error of row.validateCreate(draft)) expect(error.message).not.toBe("");
      for (const select of Object.values(row.fieldSelectors)) expect(typeof select(draft)).toBe("string");
    },
  );
});

test("a resource that has no row is not found", () => {
  expect(rowFor("", "v1", "nonsense")).toBeUndefined();
  expect(rowForKind("apps", "v1", "Pod")).toBeUndefined();
});
