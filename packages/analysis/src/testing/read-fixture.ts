import { readFileSync } from "node:fs";
import type { KubeObject } from "@bulkhead/api";
import { parseAllDocuments } from "yaml";
import { type Fixture, fixtureOf } from "../posture/custom/fixture.ts";

export { evaluateFixture, written } from "../posture/custom/fixture.ts";

/** Reads a fixture's file; `../posture/custom/fixture.ts` says what stands in one. */
export function readFixture(file: string): Fixture {
  const text = readFileSync(file, "utf8");
  const objects = parseAllDocuments(text).flatMap((document) => {
    if (document.errors.length > 0) throw new Error(`${file}: ${document.errors[0]?.message ?? ""}`);
    const value = document.toJS() as KubeObject | null;
    return value === null ? [] : [value];
  });
  return fixtureOf(text, objects);
}
