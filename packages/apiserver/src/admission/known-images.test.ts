import type { ImageReportSummary } from "@bulkhead/api";
import type { StoredObject, StoreKey } from "@bulkhead/store";
import { expect, test } from "vitest";
import { knownImages } from "./known-images.ts";

const digest = `sha256:${"a".repeat(64)}`;
const whole: ImageReportSummary = {
  digest,
  images: ["registry.example/shop/web:1"],
  namespaces: ["shop"],
  ranIn: ["shop"],
  scannedAt: "2026-01-01T00:00:00Z",
  worst: {
    findings: [{ id: "CVE-2026-1", aliases: [], package: "zlib 1.2", severity: "critical" }],
    endOfLife: [],
    misconfigurations: [],
    secrets: [],
  },
  sources: [{ name: "osv", records: 3, checkedAt: "2026-01-01T00:00:00Z", stale: "it is 40 days old" }],
  blindSpots: [{ what: "archive", where: "app.jar" }],
};

/** Reads a store that holds one report, and says which object it asked for. */
function asked(report: ImageReportSummary | undefined, namespace: string) {
  const keys: StoreKey[] = [];
  const bytes = Buffer.from(JSON.stringify({ kind: "ImageReport", metadata: {}, report }));
  const get = (key: StoreKey): StoredObject | undefined => {
    keys.push(key);
    return report === undefined ? undefined : { key, revision: 1, bytes, labels: {}, fields: {} };
  };
  return { known: knownImages({ get })(digest, namespace), keys };
}

test("a report's worst is what is known, with the age of what it was held against", () => {
  const { known, keys } = asked(whole, "shop");
  expect(keys.map(({ resource, name }) => `${resource} ${name}`)).toEqual([`imagereports sha256-${"a".repeat(64)}`]);
  expect(known).toEqual({
    ranBefore: true,
    scan: {
      ...whole.worst,
      sources: [{ name: "osv", stale: "it is 40 days old" }],
      blindSpots: [{ what: "archive", where: "app.jar" }],
    },
  });
});

test("in another namespace it did not run, unless the list is full and may lack it", () => {
  expect(asked(whole, "other").known?.ranBefore).toBe(false);
  const full = Array.from({ length: 64 }, (_, n) => `n${n}`);
  expect(asked({ ...whole, ranIn: full }, "other").known?.ranBefore).toBe(true);
});

test.each([
  ["no report", undefined],
  ["one that could not be made", { ...whole, scannedAt: undefined }],
  ["one of an agent that kept no findings", { ...whole, worst: undefined }],
])("nothing is known from %s", (_, report) => {
  expect(asked(report, "shop").known).toBeUndefined();
});
