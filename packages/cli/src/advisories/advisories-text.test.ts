import type { SourceState } from "@bulkhead/images";
import { describe, expect, it } from "vitest";
import { importText, statusText } from "./advisories-text.ts";

const source = (name: string, more: Partial<SourceState> = {}): SourceState => ({
  name,
  kind: "osv",
  location: "here",
  checked: 0,
  records: 3,
  withdrawn: 0,
  irrelevant: 0,
  unreadable: { count: 0, first: [] },
  scopes: [],
  ...more,
});

describe("statusText", () => {
  it("shows age, count, staleness and what could not be read", () => {
    const text = statusText({
      followed: [],
      database: "/db",
      sources: [
        { ...source("osv/PyPI"), age: { name: "osv/PyPI", records: 3, checkedDaysAgo: 0, newestDaysAgo: 1 } },
        {
          ...source("osv/\u001b[2Jnpm", { unreadable: { count: 2, first: [{ name: "X-1", why: "no id" }] } }),
          age: { name: "x", records: 3, checkedDaysAgo: 9, stale: "not-checked" },
        },
      ],
    });
    expect(text.split("\n").map((line) => line.trimEnd())).toEqual([
      "SOURCE       RECORDS  TAKEN IN    NEWEST     STATE",
      "osv/PyPI     3        today       1 day ago  fresh",
      "osv/\ufffd[2Jnpm  3        9 days ago  not said   stale: not asked for lately; import it again, 2 unreadable",
      "",
      "Could not be read (the first of each source):",
      "  osv/\ufffd[2Jnpm: X-1: no id",
    ]);
  });

  it("says what to do where there is nothing", () => {
    expect(statusText({ database: "/db", sources: [], followed: [] })).toContain("bulkhead advisories import");
  });
});

describe("importText", () => {
  it("tells each source's outcome", () => {
    const text = importText({
      database: "/db",
      sources: [
        { outcome: "taken", source: source("kev", { withdrawn: 1, irrelevant: 2 }), changed: 3, removed: 1 },
        { outcome: "held", name: "epss", says: "epss: fewer" },
      ],
    });
    expect(text).toBe(
      "taken  kev: 3 records, 3 new or changed, 1 gone (1 withdrawn, 2 about other things)\nheld  epss: fewer\ninto /db",
    );
  });
});
