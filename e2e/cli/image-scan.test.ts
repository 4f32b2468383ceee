import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bulkhead, type Ran } from "../instance/instance.ts";

const built = existsSync(fileURLToPath(new URL("../../dist/bulkhead.mjs", import.meta.url)));
const skipped = built ? "" : " (skipped: the program is not built)";

/** As Debian's tracker publishes it. */
const flaw = (fixed_version: string): object => ({
  description: "made up",
  releases: { bookworm: { status: "resolved", repositories: { bookworm: "1" }, fixed_version, urgency: "high" } },
});
const status = (openssl: string): string =>
  [
    ["openssl", openssl],
    ["zlib1g", "1:1.2.13-1"],
  ]
    .map(
      ([name, version]) => `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n`,
    )
    .join("\n");

describe.skipIf(!built)(`image scan in a pipeline, with no Bulkhead up${skipped}`, () => {
  let folder: string;
  const at = (...parts: string[]): string => join(folder, ...parts);
  const scan = (...words: string[]): Promise<Ran> =>
    bulkhead("image", "scan", at("image"), "--database", at("advisories.db"), "--no-cache", ...words);
  const install = (openssl: string): Promise<void> =>
    writeFile(at("image", "var", "lib", "dpkg", "status"), status(openssl));
  async function publish(tracker: object): Promise<void> {
    await writeFile(at("advisories", "tracker.json"), JSON.stringify(tracker));
    expect(await bulkhead("advisories", "import", at("advisories"), "--database", at("advisories.db"))).toMatchObject({
      code: 0,
    });
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "bulkhead-scan-"));
    for (const path of ["advisories", "image/etc", "image/var/lib/dpkg"]) await mkdir(at(path), { recursive: true });
    await writeFile(at("image", "etc", "os-release"), 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n');
    await install("3.0.11-1");
    await publish({ openssl: { "CVE-2099-1": flaw("3.0.14-1") } });
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("the table says how it ends and what to do, the exit code the same", async () => {
    const high = await scan();
    expect(high.stdout).toContain("fails: 1 finding at high or above (1 vulnerability)");
    expect(high.stdout).toContain("update openssl to 3.0.14-1 (answers 1)");
    // No terminal, no colour.
    expect(high.stdout).not.toContain("\u001b");
    expect([high.code, (await scan("--fail-on", "critical")).code]).toEqual([1, 0]);
  });

  test("every form of it is what it says", async () => {
    const [json, sarif, cyclonedx, spdx] = (
      await Promise.all(["json", "sarif", "cyclonedx", "spdx"].map((form) => scan("-o", form)))
    ).map(({ stdout }) => JSON.parse(stdout) as Record<string, never>);
    expect(json).toMatchObject({ result: { failOn: "high", failing: 1 }, match: { findings: [{ id: "CVE-2099-1" }] } });
    expect(sarif).toMatchObject({ version: "2.1.0", runs: [{ results: [{ ruleId: "CVE-2099-1", level: "error" }] }] });
    expect(cyclonedx).toMatchObject({
      specVersion: "1.6",
      vulnerabilities: [{ id: "CVE-2099-1", ratings: [{ severity: "high" }], affects: [{ ref: expect.anything() }] }],
    });
    expect(spdx).toMatchObject({ spdxVersion: "SPDX-2.3" });
    const junit = await scan("-o", "junit");
    expect([junit.code, junit.stdout]).toEqual([1, expect.stringMatching(/^<\?xml[^]*failures="1"[^]*CVE-2099-1/)]);
  });

  test("a baseline lets by what was there, in another version too, and nothing new", async () => {
    const file = at("baseline.json");
    const written = await scan("--write-baseline", file);
    expect([written.code, written.stderr]).toEqual([0, expect.stringContaining("written down")]);
    await install("3.0.12-1");
    const same = await scan("--baseline", file);
    expect([same.code, same.stdout]).toEqual([0, expect.stringContaining("nothing new")]);
    await publish({ openssl: { "CVE-2099-1": flaw("3.0.14-1") }, zlib: {}, zlib1g: { "CVE-2099-2": flaw("1:1.3-1") } });
    const more = await scan("--baseline", file);
    expect(more.code).toBe(1);
    expect(more.stdout).toMatch(/new +high +CVE-2099-2[^]*known +high +CVE-2099-1[^]*1 new finding/);
    await install("3.0.15-1");
    expect((await scan("--baseline", file)).stdout).toMatch(/gone +high +CVE-2099-1 +dpkg\/openssl/);
  });

  test("what cannot be asked ends with 2, and says where", async () => {
    await writeFile(
      at("broken.json"),
      '{"bulkheadBaseline":1,"findings":[{"kind":"vulnerability","id":"x","until":"y"}]}',
    );
    const broken = await scan("--baseline", at("broken.json"));
    expect([broken.code, broken.stdout]).toEqual([2, ""]);
    expect(broken.stderr).toContain("findings[0].until: there is no such field");
    expect((await scan("--vex", at("none.json"))).code).toBe(2);
    expect((await bulkhead("image", "scan", at("none.tar"))).code).toBe(2);
    const device = await bulkhead("image", "scan", "/dev/null");
    expect([device.code, device.stderr]).toEqual([2, expect.stringContaining("neither a file nor a folder")]);
    expect((await scan("-o", "html")).code).toBe(2);
  });
});
