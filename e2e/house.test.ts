import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const packages = fileURLToPath(new URL("../packages", import.meta.url));

/** Which rooms each room may import: ARCHITECTURE's table, as data. An arrow that is not here is refused. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  api: [],
  policy: ["api"],
  keyring: ["api"],
  audit: ["api", "keyring"],
  store: ["api", "keyring", "audit"],
  images: ["api"],
  client: ["api"],
  apiserver: ["api", "policy", "keyring", "audit", "store"],
  analysis: ["api", "policy", "images"],
  controllers: ["api", "policy", "images", "client", "analysis"],
  kubelet: ["api", "policy", "client"],
  network: ["api", "policy", "client"],
  host: ["api"],
  cli: [
    "api",
    "policy",
    "keyring",
    "audit",
    "store",
    "images",
    "client",
    "apiserver",
    "controllers",
    "analysis",
    "kubelet",
    "network",
    "host",
  ],
  console: ["api", "client", "analysis"],
  server: [
    "api",
    "policy",
    "keyring",
    "audit",
    "store",
    "images",
    "client",
    "apiserver",
    "controllers",
    "analysis",
    "kubelet",
    "network",
    "host",
    "cli",
    "console",
  ],
};

/** Modules of Node that do no input or output, read no clock and give no randomness: all that a pure room may use. */
const pureModules = new Set(["node:util", "node:assert", "node:buffer", "node:string_decoder", "node:net"]);
/** Rooms without input and output, clock or randomness; they may take a digest. */
const pureRooms: Readonly<Record<string, readonly string[]>> = {
  policy: ["node:crypto"],
  analysis: ["node:crypto"],
  // The descriptions of the OpenAPI documents are kept compressed.
  api: ["node:crypto", "node:zlib"],
};

interface Import {
  readonly file: string;
  readonly from: string;
}

interface Source {
  readonly file: string;
  readonly text: string;
}

function sources(folder: string): Source[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((e) => e.isFile() && e.name.endsWith(".ts") && !e.name.endsWith(".d.ts"))
    .map((e) => join(e.parentPath, e.name))
    .filter((file) => !file.includes("/node_modules/") && !file.includes("/fixtures/"))
    .map((file) => ({ file, text: readFileSync(file, "utf8") }));
}

const forms = [
  /^\s*(?:import|export)\s[^;"']*?\sfrom\s+["']([^"']+)["']/gm,
  /^\s*import\s+["']([^"']+)["']/gm,
  /\bimport\(\s*["']([^"']+)["']\s*\)/g,
  /\brequire\(\s*["']([^"']+)["']\s*\)/g,
  /\bimport\.meta\.resolve\(\s*["']([^"']+)["']\s*\)/g,
];

function imports(list: readonly Source[]): Import[] {
  return list.flatMap(({ file, text }) =>
    forms.flatMap((form) => [...text.matchAll(form)].map((match) => ({ file, from: match[1] ?? "" }))),
  );
}

const named = (bad: readonly Import[]): string[] =>
  bad.map((i) => `${relative(packages, i.file)} imports ${i.from}`).sort();

/** `@bulkhead/api/src/x.ts` → `@bulkhead/api`; `ws/lib` → `ws`. */
const moduleOf = (from: string): string =>
  from
    .split("/")
    .slice(0, from.startsWith("@") ? 2 : 1)
    .join("/");
const isOwn = (from: string): boolean => moduleOf(from).startsWith("@bulkhead/");
const isRelative = (from: string): boolean => from.startsWith(".");
const isTest = (file: string): boolean =>
  file.endsWith(".test.ts") || file.includes("/integration/") || file.includes("/src/testing/");

interface Manifest {
  readonly name: string;
  readonly exports?: unknown;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const rooms = readdirSync(packages).filter((name) => existsSync(join(packages, name, "package.json")));
const manifestOf = (room: string): Manifest =>
  JSON.parse(readFileSync(join(packages, room, "package.json"), "utf8")) as Manifest;
/** Tools that the repository brings for every room's tests and generators. */
const shared = Object.keys(
  (JSON.parse(readFileSync(join(packages, "..", "package.json"), "utf8")) as Manifest).devDependencies ?? {},
);

test("the table names every room, points down only, and has no circle", () => {
  expect(rooms.filter((room) => mayImport[room] === undefined)).toEqual([]);
  const settled = new Set<string>();
  for (const [room, below] of Object.entries(mayImport)) {
    // cli stands above analysis and the rest, which all come before it; console comes after cli and beside it.
    expect(
      below.filter((b) => !settled.has(b)),
      `${room} points upwards`,
    ).toEqual([]);
    settled.add(room);
  }
});

describe.each(rooms)("room %s", (room) => {
  const manifest = manifestOf(room);
  const own = sources(join(packages, room));
  const all = imports(own);
  const shipped = all.filter((i) => !isTest(i.file) && i.file.includes(`/${room}/src/`));

  test("is read: it has sources and imports", () => {
    expect(own.length).toBeGreaterThan(1);
    expect(all.length).toBeGreaterThan(0);
    expect(manifest.name).toBe(`@bulkhead/${room}`);
  });

  test("imports only the rooms that the table allows", () => {
    const bad = shipped.filter((i) => isOwn(i.from) && !(mayImport[room] ?? []).includes(i.from.split("/")[1] ?? ""));
    expect(named(bad)).toEqual([]);
  });

  test("goes to other rooms through their door", () => {
    const inside = all.filter((i) => isOwn(i.from) && i.from.split("/").length > 2);
    const around = all.filter(
      (i) => isRelative(i.from) && !resolve(dirname(i.file), i.from).startsWith(join(packages, room, "/")),
    );
    expect(named([...inside, ...around])).toEqual([]);
  });

  test("does not import itself through its door", () => {
    expect(named(all.filter((i) => moduleOf(i.from) === manifest.name && i.file.includes("/src/")))).toEqual([]);
  });

  test("declares what it imports", () => {
    const declared = new Set(Object.keys(manifest.dependencies ?? {}));
    const forTests = new Set([...declared, ...Object.keys(manifest.devDependencies ?? {}), ...shared]);
    const bad = all.filter(({ file, from }) => {
      if (isRelative(from) || from.startsWith("node:")) return false;
      const where = shipped.some((i) => i.file === file) ? declared : forTests;
      return !where.has(moduleOf(from)) && !(isTest(file) && isOwn(from));
    });
    expect(named(bad)).toEqual([]);
  });

  test("declares no package of others that it does not import", () => {
    const used = new Set(all.map((i) => moduleOf(i.from)));
    expect(Object.keys(manifest.dependencies ?? {}).filter((name) => !isOwn(name) && !used.has(name))).toEqual([]);
  });

  test("has a door that opens with a description", () => {
    const door = readFileSync(join(packages, room, "src", "index.ts"), "utf8");
    expect(door.trimStart()).toMatch(/^\/\*\*[\s\S]{20,}?\*\//);
    expect(JSON.stringify(manifest.exports ?? "")).toContain("src/index.ts");
  });
});

test("nobody imports server", () => {
  const bad = rooms
    .filter((room) => room !== "server")
    .flatMap((room) => imports(sources(join(packages, room))))
    .filter((i) => moduleOf(i.from) === "@bulkhead/server");
  expect(named(bad)).toEqual([]);
});

describe.each(Object.keys(pureRooms))("%s is pure", (room) => {
  const code = sources(join(packages, room, "src")).filter((s) => !isTest(s.file));

  test("no module that reads or writes the world", () => {
    const allowed = pureRooms[room] ?? [];
    const bad = imports(code).filter(
      (i) => i.from.startsWith("node:") && !pureModules.has(i.from) && !allowed.includes(i.from),
    );
    expect(named(bad)).toEqual([]);
  });

  test("no clock, no randomness, no process, no timers, no network", () => {
    const world =
      /\b(?:Date\.now\(|new Date\(\)|performance\.now\(|Math\.random\(|random(?:UUID|Bytes|Int)\(|getRandomValues\(|process\.(?:env|argv|cwd|exit)|set(?:Timeout|Interval|Immediate)\(|fetch\()/;
    const bad = code.flatMap(({ file, text }) =>
      text
        .split("\n")
        .map((line, n) => ({ line, n: n + 1 }))
        .filter(({ line }) => world.test(line) && !/^\s*(?:\*|\/\/|\/\*)/.test(line))
        .map(({ line, n }) => `${relative(packages, file)}:${n}: ${line.trim()}`),
    );
    expect(bad).toEqual([]);
  });
});

/** Where `process.env` or `process.argv` may stand outside the programs, and why. */
const mayReadProcess: Readonly<Record<string, string>> = {
  "host/src/run.ts": "hands its environment on to what it starts",
  "network/src/sockets/open-socket.ts": "the text of a small program that it starts",
};

test("only the programs read the environment and the command line", () => {
  const found = rooms
    .filter((room) => !["cli", "server"].includes(room))
    .flatMap((room) => sources(join(packages, room, "src")))
    .filter((s) => !isTest(s.file) && /\bprocess\.(?:env|argv)\b/.test(s.text))
    .map((s) => relative(packages, s.file));
  expect(found.filter((file) => mayReadProcess[file] === undefined)).toEqual([]);
});
