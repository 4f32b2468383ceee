import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type InstancePaths, instancePaths } from "@bulkhead/host";
import { RegistriesFileError } from "@bulkhead/images";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { makeAuthority } from "../pki/authority.ts";
import { writeRegistryHosts } from "../prepare/registry-hosts.ts";
import { followRegistries, publishRegistries } from "./registries-copy.ts";

const own = "127.0.0.1:6445";
let paths: InstancePaths;
let ca: string;
beforeAll(async () => {
  ca = `${(await makeAuthority("private", Date.now())).certificate}\n`;
});
beforeEach(() => {
  paths = instancePaths(mkdtempSync(join(tmpdir(), "bulkhead-registries-")));
  mkdirSync(paths.run);
});
afterEach(() => rmSync(paths.root, { recursive: true, force: true }));

const write = (registries: object): void => writeFileSync(paths.registries, JSON.stringify({ registries }));
const take = async (): Promise<void> =>
  void (await writeRegistryHosts(paths, own, (await publishRegistries(paths)).file));
const hosts = (): string[] => readdirSync(join(paths.containerd, "registries")).sort();
const toml = (host: string): string => readFileSync(join(paths.containerd, "registries", host, "hosts.toml"), "utf8");

test("what root wrote is followed by every program, anew when it changed", async () => {
  const view = followRegistries(paths);
  expect(view.now().file.size).toBe(0);
  write({ "r.example": { mirrors: ["m.example"] } });
  expect((await publishRegistries(paths)).fault).toBeUndefined();
  expect(statSync(join(paths.run, "registries.json")).mode & 0o777).toBe(0o644);
  const { file, mark } = view.now();
  expect(file.get("r.example")?.mirrors).toEqual(["m.example"]);
  expect(view.now().mark).toBe(mark);
  rmSync(paths.registries);
  await publishRegistries(paths);
  expect(view.now().file.size).toBe(0);
  expect(view.now().mark).not.toBe(mark);
});

test.each(["{", '{"registries": {"r.example": {"plainHttp": true}, "m.example": {"skipVerify": true}}}'])(
  "of a broken file nothing is taken, and what held goes on, for programs that start anew too: %s",
  async (broken) => {
    write({ "r.example": { ca } });
    await take();
    const before = toml("r.example");
    writeFileSync(paths.registries, broken);
    const { file, fault } = await publishRegistries(paths);
    expect(fault).toBeInstanceOf(RegistriesFileError);
    expect([...file]).toEqual([["r.example", { mirrors: [], ca, plainHttp: false }]]);
    await take();
    expect(toml("r.example")).toBe(before);
    expect(followRegistries(paths).now().file.get("r.example")).toEqual({ mirrors: [], ca, plainHttp: false });
  },
);

test("containerd's files follow: mirrors first, authorities by file, plain HTTP only where it says so, what is gone removed", async () => {
  write({
    "r.example": { mirrors: ["m.example:5000", own], ca },
    "m.example:5000": { plainHttp: true },
    "docker.io": {},
  });
  await take();
  expect(hosts()).toEqual([own, "authorities", "docker.io", "m.example:5000", "r.example"]);
  expect([...toml("r.example").matchAll(/^\[host\."(.*)"\]$/gm)].map(([, server]) => server)).toEqual([
    "http://m.example:5000",
    `https://${own}`,
    "https://r.example",
  ]);
  expect(toml("docker.io")).toContain('server = "https://registry-1.docker.io"');
  const file = /ca = "([^"]*authorities[^"]*)"/.exec(toml("r.example"))?.[1] ?? "";
  expect(readFileSync(file, "utf8")).toBe(ca);
  // The machine's own as a mirror is known there as everywhere.
  expect(toml("r.example")).toContain("node.crt");
  rmSync(paths.registries);
  await take();
  expect(hosts()).toEqual([own, "authorities"]);
  expect(existsSync(file)).toBe(false);
});

test("a mirror is shown its own credential of root's file, over TLS alone, and a registry none", async () => {
  const auth = (text: string): object => ({ auth: Buffer.from(text).toString("base64") });
  const file = join(paths.root, "mirror-credentials.json");
  const auths = { "m.example": auth("m:secret"), "r.example": auth("r:secret"), "plain.example": auth("p:secret") };
  writeFileSync(file, JSON.stringify({ auths }), { mode: 0o600 });
  write({ "r.example": { mirrors: ["m.example", "plain.example"] }, "plain.example": { plainHttp: true } });
  const taken = async () => writeRegistryHosts(paths, own, (await publishRegistries(paths)).file);
  expect(await taken()).toBeUndefined();
  const shown = [...toml("r.example").matchAll(/^\[host\."(.*)"\.header\]\nauthorization = \["Basic (.*)"\]$/gm)];
  expect(shown.map(([, server, value]) => [server, Buffer.from(value ?? "", "base64").toString()])).toEqual([
    ["https://m.example", "m:secret"],
  ]);
  expect(statSync(join(paths.containerd, "registries", "r.example", "hosts.toml")).mode & 0o777).toBe(0o600);
  for (const [text, mode, why] of [
    [JSON.stringify({ auths }), 0o644, "others"],
    ["hunter2", 0o600, "no JSON"],
  ] as const) {
    rmSync(file);
    writeFileSync(file, text, { mode });
    const fault = await taken();
    expect(fault).toContain(why);
    expect(fault).not.toContain("hunter2");
    expect(toml("r.example")).not.toContain("header");
  }
  rmSync(file);
});

test("registries on loopback that the node may pull from are spoken to over TLS alone, as containerd by itself would not", async () => {
  const policy = { registries: ["127.0.0.1:5000/shop/*", "localhost:5001", "r.example", "127.0.0.1.example"] };
  writeFileSync(paths.nodePolicy, JSON.stringify(policy));
  await take();
  expect(hosts()).toEqual(["127.0.0.1:5000", own, "authorities", "localhost:5001"]);
  expect(toml("127.0.0.1:5000")).toBe(
    'server = "https://127.0.0.1:5000"\n\n[host."https://127.0.0.1:5000"]\ncapabilities = ["pull", "resolve"]\n',
  );
  write({ "127.0.0.1:5000": { plainHttp: true } });
  await take();
  expect(toml("127.0.0.1:5000")).toContain('[host."http://127.0.0.1:5000"]');
  writeFileSync(paths.nodePolicy, "{");
  await take();
  expect(hosts()).toEqual(["127.0.0.1:5000", own, "authorities"]);
});

test("how the machine's own registry is reached is not for the file to say", async () => {
  await take();
  const before = toml(own);
  write({ [own]: { plainHttp: true, mirrors: ["m.example"] } });
  await take();
  expect(toml(own)).toBe(before);
  expect(before).toContain("https://127.0.0.1:6445");
});
