import { describe, expect, it } from "vitest";
import { ageCell, column, humanDuration, partialObjectMetadataList, tableOf } from "./table-rows.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

describe("humanDuration", () => {
  it.each([
    [-3 * second, "<invalid>"],
    [-1 * second, "0s"],
    [0, "0s"],
    [119 * second, "119s"],
    [2 * minute, "2m"],
    [2 * minute + 5 * second, "2m5s"],
    [10 * minute + 5 * second, "10m"],
    [179 * minute, "179m"],
    [3 * hour, "3h"],
    [3 * hour + 20 * minute, "3h20m"],
    [8 * hour + 20 * minute, "8h"],
    [47 * hour, "47h"],
    [48 * hour, "2d"],
    [53 * hour, "2d5h"],
    [8 * day + 5 * hour, "8d"],
    [729 * day, "729d"],
    [730 * day, "2y"],
    [740 * day, "2y10d"],
    [8 * 365 * day + day, "8y"],
  ])("%d milliseconds are %s", (milliseconds, expected) => {
    expect(humanDuration(milliseconds)).toBe(expected);
  });

  it("shows no age where there is no time", () => {
    expect(ageCell(undefined, 0)).toBe("<unknown>");
    expect(ageCell(null, 0)).toBe("<unknown>");
    expect(ageCell("1970-01-01T00:00:00Z", 5 * second)).toBe("5s");
  });
});

describe("tables", () => {
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } };
  const row = { columns: [column("Name", "string", "The name.", { format: "name" })], cells: () => ["a"] };

  it("carry metadata, the object, or nothing beside the cells", () => {
    const options = { metadata: { resourceVersion: "1" }, now: 0 };
    expect(tableOf([object], row, options).rows[0]?.object).toEqual({
      kind: "PartialObjectMetadata",
      apiVersion: "meta.k8s.io/v1",
      metadata: { name: "a" },
    });
    expect(tableOf([object], row, { ...options, includeObject: "Object" }).rows[0]?.object).toBe(object);
    expect(tableOf([object], row, { ...options, includeObject: "None" }).rows[0]).toEqual({ cells: ["a"] });
    expect(tableOf([object], row, { ...options, columns: false }).columnDefinitions).toEqual([]);
    expect(partialObjectMetadataList({}, [object]).items).toHaveLength(1);
  });
});
