import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { crc32, deflateRawSync, gzipSync, zstdCompressSync } from "node:zlib";
import {
  forgetSource,
  type Imported,
  importAdvisories,
  importMirror,
  match,
  noVex,
  openAdvisories,
} from "@bulkhead/images";
import { afterAll, beforeEach, describe, expect, it } from "vitest";

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

let folder = "";
let file = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bulkhead-advisories-"));
  folders.push(folder);
  file = join(folder, "db", "advisories.db");
});

const now = Date.UTC(2026, 0, 10);
const modified = "2026-01-09T00:00:00Z";

const osv = (id: string, name: string, fixed: string, more: object = {}): object => ({
  id,
  modified,
  published: "2026-01-01T00:00:00Z",
  affected: [
    { package: { ecosystem: "PyPI", name }, ranges: [{ type: "ECOSYSTEM", events: [{ introduced: "0" }, { fixed }] }] },
  ],
  ...more,
});

/** A zip archive of JSON records by name. */
function archive(records: Readonly<Record<string, object | string>>): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [name, value] of Object.entries(records)) {
    const data = Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
    const packed = deflateRawSync(data);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(8, 10);
    entry.writeUInt32LE(crc32(data), 16);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(data.length, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(offset, 42);
    locals.push(local, Buffer.from(name), packed);
    central.push(entry, Buffer.from(name));
    offset += 30 + name.length + packed.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(records).length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

const many = (count: number): Record<string, object> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`P-${i}.json`, osv(`P-${i}`, `package-${i}`, "2.0")]));

function put(path: string, bytes: string | Buffer): void {
  const whole = join(folder, "mirror", path);
  mkdirSync(join(whole, ".."), { recursive: true });
  writeFileSync(whole, bytes);
}

const take = (accept = false, location = join(folder, "mirror")): Promise<readonly Imported[]> =>
  importAdvisories({ file, location, accept, now });

const inventory = {
  packages: [{ ecosystem: "PyPI" as const, name: "package_1", version: "1.0", paths: ["x"] }],
  blindSpots: [],
  coverage: { executables: 0, explained: 0 },
};

function findings(): string[] {
  const database = openAdvisories(file);
  try {
    return match(inventory, database, noVex, now).findings.map(({ id }) => id);
  } finally {
    database.close();
  }
}

function outcome(imported: Imported | undefined): unknown {
  if (imported?.outcome !== "taken") return imported?.outcome;
  const { source, changed, removed } = imported;
  return { records: source.records, changed, removed };
}

describe("a folder of advisories", () => {
  it("is taken in whole, told by content, with what could not be read counted and named", async () => {
    put(
      "PyPI/all.zip",
      archive({ ...many(20), "bad.json": "{", "gone.json": osv("gone", "x", "1", { withdrawn: modified }) }),
    );
    put(
      "kev.json",
      JSON.stringify({ catalogVersion: "1", vulnerabilities: [{ cveID: "CVE-2026-1000", dateAdded: "2026-01-01" }] }),
    );
    put(
      "epss.csv.gz",
      gzipSync("#model_version:v1,score_date:2026-01-09T00:00:00Z\ncve,epss,percentile\nCVE-2026-1000,0.5,0.9\n"),
    );
    put(
      "eol.json",
      JSON.stringify({ result: [{ name: "debian", releases: [{ name: "12", eolFrom: "2026-07-11" }] }] }),
    );
    put(
      "secdb/main.json",
      JSON.stringify({
        distroversion: "v3.22",
        reponame: "main",
        packages: [{ pkg: { name: "a", secfixes: { "1-r0": ["CVE-2026-1"] } } }],
      }),
    );
    put(
      "lists/deb.debian.org_debian-security_dists_bookworm-security_main_binary-amd64_Packages",
      "Package: bash\nVersion: 5.2-2\n",
    );
    put(
      "tracker.json",
      JSON.stringify({ bash: { "CVE-2026-2": { releases: { bookworm: { status: "open", repositories: {} } } } } }),
    );
    put("unrelated.json", "{}");
    const imported = await take();
    expect(imported.map((each) => [each.outcome === "taken" ? each.source.name : each.name, outcome(each)])).toEqual([
      ["alpine-secdb/v3.22/main", { records: 1, changed: 1, removed: 0 }],
      ["debian-suite/bookworm", { records: 1, changed: 1, removed: 0 }],
      ["debian-tracker", { records: 1, changed: 1, removed: 0 }],
      ["endoflife", { records: 1, changed: 1, removed: 0 }],
      ["epss", { records: 1, changed: 1, removed: 0 }],
      ["kev", { records: 1, changed: 1, removed: 0 }],
      ["osv/PyPI", { records: 20, changed: 22, removed: 0 }],
    ]);
    const database = openAdvisories(file);
    const source = database.sources().find(({ name }) => name === "osv/PyPI");
    expect(source).toMatchObject({
      records: 20,
      withdrawn: 1,
      newest: Date.parse(modified),
      unreadable: { count: 1, first: [{ name: "bad", why: "not a JSON object" }] },
      scopes: ["PyPI"],
    });
    expect(database.exploited("CVE-2026-1000")?.added).toBe("2026-01-01");
    expect(database.epss("CVE-2026-1000")).toEqual({ score: 0.5, percentile: 0.9 });
    expect(database.lifecycle("debian")).toEqual([{ cycle: "12", endOfLife: "2026-07-11" }]);
    expect(database.fixSeen("debian:12", "bash", "5.2-2")).toBe(now);
    database.close();
    expect(findings()).toEqual(["P-1"]);
  });

  it("taken in again writes only what changed", async () => {
    put("PyPI/all.zip", archive(many(20)));
    await take();
    expect((await take()).map(outcome)).toEqual([{ records: 20, changed: 0, removed: 0 }]);
    const changed: Record<string, object> = {
      ...many(20),
      "P-1.json": osv("P-1", "package-1", "0.5"),
      "new.json": osv("new", "y", "1"),
    };
    delete changed["P-19.json"];
    put("PyPI/all.zip", archive(changed));
    expect((await take()).map(outcome)).toEqual([{ records: 20, changed: 2, removed: 1 }]);
    expect(findings()).toEqual([]);
  });

  it("that would shrink a source by a tenth is held until it is accepted", async () => {
    put("PyPI/all.zip", archive(many(20)));
    await take();
    put("PyPI/all.zip", archive(many(17)));
    const [held] = await take();
    expect(held?.outcome === "held" && held.says).toMatch(/17 records where there were 20.*--accept/);
    const database = openAdvisories(file);
    expect(database.sources()[0]).toMatchObject({ records: 20, held: { at: now, records: 17 } });
    expect(database.lookup("PyPI", "package-19")).toHaveLength(1);
    database.close();
    expect((await take(true)).map(outcome)).toEqual([{ records: 17, changed: 0, removed: 3 }]);
    put("PyPI/all.zip", archive(many(16)));
    expect((await take()).map(outcome)).toEqual([{ records: 16, changed: 0, removed: 1 }]);
  });

  it.each([
    ["broken", archive(many(20)).subarray(0, 900)],
    ["a page of a proxy's", Buffer.from("<html>502</html>")],
  ])("that is %s leaves its source as it was, and the others are taken in", async (_, instead) => {
    put("PyPI/all.zip", archive(many(20)));
    await take();
    put("PyPI/all.zip", instead);
    put(
      "kev.json",
      JSON.stringify({ catalogVersion: "1", vulnerabilities: [{ cveID: "CVE-2026-1000", dateAdded: "2026-01-01" }] }),
    );
    expect((await take()).map(outcome)).toEqual([{ records: 1, changed: 1, removed: 0 }, "failed"]);
    expect(findings()).toEqual(["P-1"]);
  });

  it("is seen by a reader as it was, or whole", async () => {
    put("PyPI/all.zip", archive(many(2000)));
    await take();
    const database = openAdvisories(file);
    const before = database.generation();
    put(
      "PyPI/all.zip",
      archive(
        Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`Q-${i}.json`, osv(`Q-${i}`, "package-1", "2.0")])),
      ),
    );
    const seen = new Set<number>();
    let done = false;
    const import2 = take().then(() => {
      done = true;
    });
    while (!done) {
      seen.add(database.lookup("PyPI", "package-1").length);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await import2;
    seen.add(database.lookup("PyPI", "package-1").length);
    expect([...seen].toSorted((a, b) => a - b)).toEqual([1, 2000]);
    expect(database.generation()).not.toBe(before);
    database.close();
  });

  it("may hold a packed tar of documents, and packed documents", async () => {
    const product = (id: string, helper: object): object => ({
      product: { product_id: id, product_identification_helper: helper },
    });
    const vex = {
      document: { csaf_version: "2.0", tracking: { current_release_date: modified } },
      product_tree: {
        branches: [
          product("rhel", { cpe: "cpe:/o:redhat:enterprise_linux:9" }),
          product("bash", { purl: "pkg:rpm/redhat/bash@5.1-9.el9" }),
        ],
        relationships: [
          {
            full_product_name: { product_id: "rhel:bash" },
            product_reference: "bash",
            relates_to_product_reference: "rhel",
          },
        ],
      },
      vulnerabilities: [{ cve: "CVE-2026-7", product_status: { fixed: ["rhel:bash"] } }],
    };
    mkdirSync(join(folder, "vex", "2026"), { recursive: true });
    writeFileSync(join(folder, "vex", "2026", "cve-2026-7.json"), JSON.stringify(vex));
    writeFileSync(join(folder, "vex", "2026", "cve-2026-8.json"), "{}");
    put("csaf_vex.tar.zst", zstdCompressSync(execFileSync("tar", ["-C", join(folder, "vex"), "-c", "2026"])));
    put(
      "tracker.json.gz",
      gzipSync(
        JSON.stringify({ bash: { "CVE-2026-2": { releases: { bookworm: { status: "open", repositories: {} } } } } }),
      ),
    );
    expect(
      (await take()).map((each) => [each.outcome === "taken" ? each.source.name : each.name, outcome(each)]),
    ).toEqual([
      ["debian-tracker", { records: 1, changed: 1, removed: 0 }],
      ["redhat-vex", { records: 1, changed: 2, removed: 0 }],
    ]);
    const database = openAdvisories(file);
    expect(database.sources()[1]).toMatchObject({
      scopes: ["rhel:9"],
      unreadable: { count: 1, first: [{ name: "cve-2026-8" }] },
    });
    expect(database.lookup("rhel:9", "bash")[0]?.affected.intervals).toEqual([{ fixed: "5.1-9.el9" }]);
    database.close();
  });

  it("is forgotten source by source", async () => {
    put("PyPI/all.zip", archive(many(20)));
    put(
      "kev.json",
      JSON.stringify({ catalogVersion: "1", vulnerabilities: [{ cveID: "CVE-2026-1000", dateAdded: "2026-01-01" }] }),
    );
    await take();
    expect([forgetSource(file, "kev"), forgetSource(file, "osv/PyPI"), forgetSource(file, "osv/PyPI")]).toEqual([
      true,
      true,
      false,
    ]);
    const database = openAdvisories(file);
    expect([database.sources(), database.exploited("CVE-2026-1000"), database.lookup("PyPI", "package-1")]).toEqual([
      [],
      undefined,
      [],
    ]);
    database.close();
  });

  it("gives each flaw's score, whatever package it was given for", async () => {
    const vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
    const scored = osv("GHSA-1", "x", "1", { aliases: ["CVE-2026-9"], severity: [{ type: "CVSS_V3", score: vector }] });
    put("PyPI/all.zip", archive({ ...many(20), "GHSA-1.json": scored }));
    await take();
    const scoreOf = (): unknown => {
      const database = openAdvisories(file);
      try {
        return database.scored("CVE-2026-9");
      } finally {
        database.close();
      }
    };
    expect(scoreOf()).toEqual({ source: "osv/PyPI", cvss: { vector, score: 9.8 } });
    put("PyPI/all.zip", archive(many(20)));
    await take();
    expect(scoreOf()).toBeUndefined();
  });

  it("is not taken in while another import writes", async () => {
    put("PyPI/all.zip", archive(many(20)));
    await take();
    const other = new DatabaseSync(file);
    other.exec("BEGIN IMMEDIATE");
    try {
      expect((await take().catch((error: unknown) => error)) as unknown).toMatchObject({ code: "busy" });
    } finally {
      other.close();
    }
  }, 60_000);

  it("goes into no database but its own", async () => {
    put("PyPI/all.zip", archive(many(1)));
    mkdirSync(join(folder, "db"));
    const other = new DatabaseSync(file);
    other.exec("CREATE TABLE theirs (a)");
    other.close();
    expect((await take().catch((error: { code: string }) => error)) as unknown).toMatchObject({
      code: "foreign-database",
    });
    writeFileSync(file, "no database at all, but a file of some length");
    expect((await take().catch((error: { code: string }) => error)) as unknown).toMatchObject({
      code: "foreign-database",
    });
  });
});

describe("a mirror", () => {
  type Handler = (request: IncomingMessage, response: ServerResponse) => void;
  const requests: string[] = [];

  async function serve<T>(handler: Handler, work: (url: string) => Promise<T>): Promise<T> {
    requests.length = 0;
    const server: Server = createServer((request, response) => {
      requests.push(`${request.url}${request.headers.range === undefined ? "" : ` ${request.headers.range}`}`);
      handler(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  const mirror = (url: string, ecosystems?: readonly string[], at = now): Promise<readonly Imported[]> =>
    importMirror({
      file,
      url,
      accept: false,
      now: at,
      plainHttp: false,
      ...(ecosystems === undefined ? {} : { ecosystems }),
    });

  /** Serves files with an ETag each, whole or from where it is asked for. */
  const files =
    (all: Readonly<Record<string, Buffer | string>>): Handler =>
    (request, response) => {
      const bytes = Object.hasOwn(all, request.url ?? "") ? Buffer.from(all[request.url ?? ""] ?? "") : undefined;
      if (bytes === undefined) return void response.writeHead(404).end();
      const etag = `"${crc32(bytes)}"`;
      if (request.headers["if-none-match"] === etag) return void response.writeHead(304).end();
      const from = /^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1];
      if (from !== undefined && request.headers["if-range"] === etag)
        return void response.writeHead(206, { etag }).end(bytes.subarray(Number(from)));
      response.writeHead(200, { etag }).end(bytes);
    };

  it("is asked for its ecosystems, then for nothing that has not changed", async () => {
    const all = { "/ecosystems.txt": "PyPI\nnpm\nDebian:12\n../etc\n", "/PyPI/all.zip": archive(many(20)) };
    await serve(files(all), async (url) => {
      expect((await mirror(url)).map(outcome)).toEqual([{ records: 20, changed: 20, removed: 0 }, "failed"]);
      expect(requests).toEqual(["/ecosystems.txt", "/PyPI/all.zip", "/npm/all.zip"]);
      expect((await mirror(url, ["PyPI"])).map(outcome)).toEqual([{ records: 20, changed: 0, removed: 0 }]);
      expect(requests.slice(3)).toEqual(["/PyPI/modified_id.csv", "/PyPI/all.zip"]);
    });
    expect(findings()).toEqual(["P-1"]);
  });

  it("is asked only for the records that changed, where it lists them", async () => {
    const late = "2026-01-09T12:00:00Z";
    const all: Record<string, Buffer | string> = { "/PyPI/all.zip": archive(many(20)) };
    await serve(files(all), async (url) => {
      await mirror(url, ["PyPI"]);
      all["/PyPI/modified_id.csv"] = `${late},P-1\n${late},new\n${modified},P-2\n`;
      all["/PyPI/P-1.json"] = JSON.stringify(osv("P-1", "package-1", "2.0", { withdrawn: late, modified: late }));
      all["/PyPI/new.json"] = JSON.stringify(osv("new", "package-1", "1.5", { modified: late }));
      requests.length = 0;
      expect((await mirror(url, ["PyPI"])).map(outcome)).toEqual([{ records: 20, changed: 2, removed: 0 }]);
      expect(requests).toEqual(["/PyPI/modified_id.csv", "/PyPI/P-1.json", "/PyPI/new.json"]);
      expect(findings()).toEqual(["new"]);
      requests.length = 0;
      await mirror(url, ["PyPI"], now + 8 * 86_400_000);
      expect(requests).toEqual(["/PyPI/all.zip"]);
    });
  });

  it("that breaks off is asked for the rest", async () => {
    const bytes = archive(many(400));
    const etag = '"one"';
    let cut = true;
    await serve(
      (request, response) => {
        if (cut) {
          cut = false;
          response.writeHead(200, { etag, "content-length": bytes.length });
          response.write(bytes.subarray(0, 20_000), () => setTimeout(() => response.destroy(), 50));
          return;
        }
        files({ "/PyPI/all.zip": bytes })(
          Object.assign(request, { headers: { ...request.headers, "if-range": `"${crc32(bytes)}"` } }),
          response,
        );
      },
      async (url) => {
        expect((await mirror(url, ["PyPI"])).map(outcome)).toEqual([{ records: 400, changed: 400, removed: 0 }]);
        expect(requests).toEqual(["/PyPI/all.zip", "/PyPI/all.zip bytes=20000-"]);
      },
    );
  });

  it("leads nowhere else, and is not asked without TLS beyond this machine", async () => {
    await serve(
      (_, response) => void response.writeHead(302, { location: "http://169.254.169.254/latest" }).end(),
      async (url) => {
        const [failed] = await mirror(url, ["PyPI"]);
        expect(failed?.outcome === "failed" && failed.says).toMatch(/leads to another host, 169\.254\.169\.254/);
      },
    );
    const [failed] = await mirror("http://mirror.example.com", ["PyPI"]);
    expect(failed?.outcome === "failed" && failed.says).toMatch(/only https/);
  });

  it("may be one file", async () => {
    const kev = JSON.stringify({
      catalogVersion: "1",
      vulnerabilities: [{ cveID: "CVE-2026-1000", dateAdded: "2026-01-01" }],
    });
    await serve(files({ "/feeds/kev.json": kev }), async (url) => {
      expect((await mirror(`${url}/feeds/kev.json`)).map(outcome)).toEqual([{ records: 1, changed: 1, removed: 0 }]);
      expect((await mirror(`${url}/feeds/kev.json`)).map(outcome)).toEqual([{ records: 1, changed: 0, removed: 0 }]);
    });
    const database = openAdvisories(file);
    expect(database.sources().map(({ name, records }) => [name, records])).toEqual([["kev", 1]]);
    database.close();
    expect(readFileSync(file).subarray(0, 6).toString()).toBe("SQLite");
  });
});
