import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { notifierDigest } from "@bulkhead/apiserver";
import { type InstanceConfig, instancePaths } from "@bulkhead/host";
import type { NetworkLayout } from "@bulkhead/network";
import { afterEach, beforeEach, expect, it } from "vitest";
import { notifierDigestsFile, prepareRegistry } from "./registry.ts";

const me = process.getuid?.() ?? 0;
const config = {
  id: "12345678",
  listen: "127.0.0.1",
  port: 6443,
  registryPort: 6445,
  users: { apiserver: me, controllers: me, dns: me, registry: me },
} as InstanceConfig;
const layout = { apiAddress: "10.2.0.1" } as NetworkLayout;

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "registry-"));
  for (const folder of ["registry", "apiserver", "controllers"])
    await mkdir(join(root, "pki", folder), { recursive: true });
  await certificate("first");
});
afterEach(() => rm(root, { recursive: true, force: true }));

const certificate = (text: string) => writeFile(join(root, "pki", "registry", "tls.crt"), text);
const prepare = () => prepareRegistry(config, instancePaths(root), layout);

interface Written {
  readonly auth: object;
  readonly http: { readonly secret: string };
  readonly notifications: {
    readonly endpoints: readonly [{ readonly url: string; readonly headers: { readonly Authorization: [string] } }];
  };
}
const written = async (): Promise<Written> =>
  JSON.parse(await readFile(join(root, "registry", "config.yml"), "utf8")) as Written;
const told = async (): Promise<string> => (await written()).notifications.endpoints[0].headers.Authorization[0];
const digests = async (): Promise<string[]> =>
  JSON.parse(await readFile(notifierDigestsFile(instancePaths(root)), "utf8")) as string[];
const digestOf = (authorization: string): string => notifierDigest(authorization.replace("Bearer ", ""));

it("the registry takes tokens of this instance's API server alone, from where pods and the host reach it", async () => {
  await prepare();
  const { auth, notifications } = await written();
  expect(auth).toEqual({
    token: {
      realm: "https://10.2.0.1/registry/token",
      service: "bulkhead-registry-12345678",
      issuer: "bulkhead-12345678",
      rootcertbundle: join(root, "pki", "registry", "registry-token-ca.crt"),
    },
  });
  expect(notifications.endpoints[0].url).toBe("https://127.0.0.1:6443/registry/events");
  expect(await digests()).toEqual([digestOf(await told()), expect.stringMatching(/^[0-9a-f]{64}$/)]);
  expect((await stat(join(root, "registry", "config.yml"))).mode & 0o777).toBe(0o600);
});

it("stays what it is as long as nothing changes, so that nothing is restarted", async () => {
  const first = await prepare();
  const text = JSON.stringify(await written());
  expect(await prepare()).toEqual(first);
  expect(JSON.stringify(await written())).toBe(text);
});

it("tells with another secret after its certificate was renewed: one that was known before; the last one counts on", async () => {
  const first = await prepare();
  const before = await told();
  const [, announced] = await digests();
  await certificate("second");
  const second = await prepare();
  expect(second.digest).not.toBe(first.digest);
  expect(await told()).not.toBe(before);
  const [present, next, last] = await digests();
  expect([present, last]).toEqual([digestOf(await told()), digestOf(before)]);
  expect(present).toBe(announced);
  expect(new Set([present, next, last]).size).toBe(3);
  await certificate("third");
  await prepare();
  expect(await digests()).not.toContain(digestOf(before));
});

it("an older version's configuration is replaced and its passwords are removed", async () => {
  const old = ["registry/credentials.json", "registry/htpasswd", "pki/apiserver/registry-credentials.json"];
  await mkdir(join(root, "registry"), { recursive: true });
  for (const file of [...old, "pki/controllers/registry-credentials.json"]) await writeFile(join(root, file), "{}");
  await writeFile(
    join(root, "registry", "config.yml"),
    JSON.stringify({ auth: { htpasswd: { realm: "bulkhead" } }, http: { secret: "x" } }),
  );
  await prepare();
  expect(Object.keys((await written()).auth)).toEqual(["token"]);
  for (const file of old) await expect(stat(join(root, file))).rejects.toMatchObject({ code: "ENOENT" });
});
