import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CurrencyInventory, Item } from "@bulkhead/analysis";
import { importAdvisories } from "@bulkhead/images";
import { afterAll, beforeAll, expect, test } from "vitest";
import { current, currentShow } from "../src/commands/current.ts";
import { itemText } from "../src/current/current-text.ts";
import { countFrom } from "../src/current/select.ts";

/** An instance that never ran, beside a folder that stands for the publishers' mirrors. */
let root = "";
let mirror = "";
const day = 86_400_000;
const start = Date.UTC(2026, 10, 1);

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "bulkhead-currency-"));
  mirror = join(root, "mirror");
  const put = (path: string, value: unknown): void => {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), JSON.stringify(value));
  };
  put("instance.json", { format: 1, id: "00000000", nodeName: "n", listen: "127.0.0.1", port: 1 });
  const dependencies = [
    { name: "yaml", version: "2.9.1", dev: false, in: { apiserver: 3 } },
    { name: "left", version: "1.0.0", dev: false, in: {} },
  ];
  put("programs/shipped.json", { format: 1, version: "0.1.0", dependencies });
  const part = { suite: "testing", says: "", changelogNames: ["CVE-2026-900"] };
  const parts = [
    { ...part, name: "containernetworking-plugins", version: "1.9.1+ds1-1" },
    { ...part, name: "docker-registry", version: "2.8.3+ds1-3" },
  ];
  put("parts/parts.json", { format: 1, directory: join(root, "parts"), parts, fellBack: false });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const osv = (
  id: string,
  name: string,
  modified: number,
  more: { fixed?: string; withdrawn?: boolean } = {},
): object => ({
  id,
  aliases: [id.replace("GHSA", "CVE-2026")],
  modified: new Date(modified).toISOString(),
  published: new Date(start).toISOString(),
  ...(more.withdrawn === true ? { withdrawn: new Date(modified).toISOString() } : {}),
  summary: `about ${id}`,
  severity: [{ type: "CVSS_V3", score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" }],
  affected: [
    {
      package: { ecosystem: "npm", name },
      ranges: [
        { type: "SEMVER", events: [{ introduced: "0" }, ...(more.fixed === undefined ? [] : [{ fixed: more.fixed }])] },
      ],
    },
  ],
});

/** Debian's tracker about the source packages of both parts. */
const tracker = (flaw: object | undefined): object => ({
  "golang-github-containernetworking-plugins": {
    "CVE-2026-900": {
      description: "repaired here",
      releases: { forky: { repositories: {}, status: "open", urgency: "high" } },
    },
    ...(flaw === undefined
      ? {}
      : { "CVE-2026-901": { description: "open", releases: { forky: { repositories: {}, ...flaw } } } }),
  },
});

interface Mirrored {
  readonly npm: readonly object[];
  readonly debian: object;
  readonly exploited?: readonly string[];
  readonly nodeEnds?: string;
}

/** What the publishers say on a day, taken in as a person would, and what `current` makes of it. */
async function on(
  at: number,
  { npm, debian, exploited = [], nodeEnds = "2099-01-01" }: Mirrored,
): Promise<CurrencyInventory> {
  rmSync(mirror, { recursive: true, force: true });
  mkdirSync(join(mirror, "npm"), { recursive: true });
  const put = (name: string, value: unknown): void => writeFileSync(join(mirror, name), JSON.stringify(value));
  for (const [i, record] of npm.entries()) put(join("npm", `${i}.json`), record);
  put("tracker.json", debian);
  put("known_exploited_vulnerabilities.json", {
    title: "CISA Catalog of Known Exploited Vulnerabilities",
    catalogVersion: "2026",
    dateReleased: new Date(at).toISOString(),
    count: exploited.length + 1,
    vulnerabilities: ["CVE-2000-1", ...exploited].map((cveID) => ({
      cveID,
      dateAdded: new Date(at).toISOString().slice(0, 10),
      knownRansomwareCampaignUse: "Unknown",
    })),
  });
  const node = process.versions.node;
  const cycle = { name: node.split(".")[0], eolFrom: nodeEnds, isEol: false, latest: { name: node } };
  put("products-full.json", {
    schema_version: "1.2.0",
    last_modified: new Date(at).toISOString(),
    result: [{ name: "nodejs", releases: [cycle] }],
  });
  const imported = await importAdvisories({
    file: join(root, "advisories", "advisories.db"),
    location: mirror,
    accept: true,
    now: at,
  });
  expect(imported.map(({ outcome }) => outcome)).toEqual(imported.map(() => "taken"));
  return current({ root, kind: ["dependency", "part", "runtime"] }, nothing(), at);
}

async function* nothing(): AsyncGenerator<Buffer> {}
const item = ({ items }: CurrencyInventory, name: string): Item => items.find((each) => each.name === name) as Item;
const told = ({ vulnerabilities }: Item) =>
  vulnerabilities.map(({ id, touches, exploited, fixed }) => ({ id, touches, exploited, fixed }));

/** About something else, so that npm's advisories were looked up. */
const other = osv("GHSA-0", "something-else", start);

test("before anything was taken in, nothing is called current", async () => {
  const inventory = await current({ root, kind: ["dependency", "part", "runtime"] }, nothing(), start);
  expect(new Set(inventory.items.map(({ verdict }) => verdict))).toEqual(new Set(["unknown"]));
  expect(inventory.sources).toEqual([]);
});

test("an advisory appears, is exploited, is fixed, is withdrawn, and current follows each", async () => {
  const quiet = await on(start, { npm: [other], debian: tracker(undefined) });
  expect(item(quiet, "yaml@2.9.1").verdict).toBe("current");

  const appears = await on(start + day, {
    npm: [other, osv("GHSA-1", "yaml", start + day), osv("GHSA-2", "left", start + day)],
    debian: tracker(undefined),
  });
  expect(item(appears, "yaml@2.9.1")).toMatchObject({ verdict: "vulnerable" });
  expect(told(item(appears, "yaml@2.9.1"))).toEqual([
    { id: "CVE-2026-1", touches: "yes", exploited: false, fixed: undefined },
  ]);
  // What no program holds is told and touches nothing.
  expect(item(appears, "left@1.0.0")).toMatchObject({ verdict: "current", vulnerabilities: [{ touches: "no" }] });
  expect(countFrom(appears, "vulnerable")).toBe(1);

  const exploited = await on(start + 2 * day, {
    npm: [other, osv("GHSA-1", "yaml", start + day, { fixed: "2.9.2" })],
    debian: tracker(undefined),
    exploited: ["CVE-2026-1"],
  });
  expect(told(item(exploited, "yaml@2.9.1"))).toEqual([
    { id: "CVE-2026-1", touches: "yes", exploited: true, fixed: "2.9.2" },
  ]);
  expect(exploited.items[0]?.name).toBe("yaml@2.9.1");

  const corrected = await on(start + 3 * day, {
    npm: [other, osv("GHSA-1", "yaml", start + 3 * day, { fixed: "2.9.1" })],
    debian: tracker(undefined),
  });
  expect(item(corrected, "yaml@2.9.1")).toMatchObject({ verdict: "current", vulnerabilities: [] });

  const withdrawn = await on(start + 4 * day, {
    npm: [other, osv("GHSA-1", "yaml", start + 4 * day, { withdrawn: true })],
    debian: tracker(undefined),
  });
  expect(item(withdrawn, "yaml@2.9.1")).toMatchObject({ verdict: "current", vulnerabilities: [] });
});

test("Debian's tracker speaks for a part by its source package; what its changelog names is repaired", async () => {
  const name = "containernetworking-plugins";
  const open = await on(start + 5 * day, { npm: [other], debian: tracker({ status: "open", urgency: "high" }) });
  expect(told(item(open, name)).map(({ id, touches }) => [id, touches])).toEqual([
    ["CVE-2026-901", "unknown"],
    ["CVE-2026-900", "no"],
  ]);
  expect(item(open, name).verdict).toBe("vulnerable");
  const fixed = await on(start + 6 * day, {
    npm: [other],
    debian: tracker({ status: "resolved", fixed_version: "1.9.1+ds1-1", urgency: "high" }),
  });
  // Nobody was asked what the suite has: not vulnerable, and not current either.
  expect(item(fixed, name).verdict).toBe("unknown");
  expect(itemText(await currentShow(`part/${name}`, { root }, nothing()))).toContain("bulkhead current --ask");
});

test("support ends, and sources that nobody refreshed stop speaking for health", async () => {
  const at = start + 7 * day;
  const said = {
    npm: [other],
    debian: tracker(undefined),
    nodeEnds: new Date(at + 20 * day).toISOString().slice(0, 10),
  };
  expect(item(await on(at, said), "node").verdict).toBe("update");
  const later = at + 21 * day;
  const inventory = await current({ root, kind: ["dependency", "runtime"] }, nothing(), later);
  expect(item(inventory, "node").verdict).toBe("unsupported");
  expect(item(inventory, "yaml@2.9.1")).toMatchObject({ verdict: "unknown" });
  expect(inventory.sources.find(({ name }) => name === "osv/npm")).toMatchObject({
    checkedDaysAgo: 21,
    stale: "not-checked",
  });
});
