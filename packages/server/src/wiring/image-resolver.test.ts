import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttp, type RequestListener } from "node:http";
import { createServer as createHttps } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PullSecrets } from "@bulkhead/apiserver";
import { type InstancePaths, instancePaths } from "@bulkhead/host";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { issue, type KeyPair, makeAuthority } from "../pki/authority.ts";
import { imageResolver } from "./image-resolver.ts";
import { followRegistries, publishRegistries } from "./registries-copy.ts";
import { createRegistryAccess } from "./registry-access.ts";

const manifest = Buffer.from('{"schemaVersion":2}');
const digest = `sha256:${createHash("sha256").update(manifest).digest("hex")}`;
const basic = (user: string): string => `Basic ${Buffer.from(`${user}:pw`).toString("base64")}`;

interface Heard {
  readonly host: string;
  readonly authorizations: (string | undefined)[];
}

let authority: KeyPair;
let leaf: KeyPair;
let paths: InstancePaths;
const servers: Server[] = [];

beforeAll(async () => {
  authority = await makeAuthority("private", Date.now());
  const wish = { commonName: "registry", server: true, ipAddresses: ["127.0.0.1"], days: 1 };
  leaf = await issue(authority, wish, Date.now());
});
beforeEach(() => {
  paths = instancePaths(mkdtempSync(join(tmpdir(), "bulkhead-resolver-")));
  mkdirSync(paths.run);
  writeFileSync(join(paths.run, "own.crt"), authority.certificate);
});
afterEach(() => rmSync(paths.root, { recursive: true, force: true }));
afterAll(() => servers.forEach((server) => void server.close()));

/** A registry that lets `user` in, or everyone; over TLS of the private authority, or plain. */
async function serve(user?: string, plain = false): Promise<Heard> {
  const authorizations: (string | undefined)[] = [];
  const answer: RequestListener = (request, response) => {
    authorizations.push(request.headers.authorization);
    if (user !== undefined && request.headers.authorization !== basic(user))
      response.writeHead(401, { "www-authenticate": 'Basic realm="test"' }).end();
    else response.end(manifest);
  };
  const server = plain ? createHttp(answer) : createHttps({ cert: leaf.certificate, key: leaf.key }, answer);
  servers.push(server);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, authorizations };
}

async function configure(registries: Readonly<Record<string, object>>): Promise<void> {
  writeFileSync(paths.registries, JSON.stringify({ registries }));
  const { fault } = await publishRegistries(paths);
  if (fault !== undefined) throw fault;
}

const resolver = () =>
  imageResolver(
    createRegistryAccess({
      own: "127.0.0.1:1",
      ownCa: join(paths.run, "own.crt"),
      tokenFor: () => Promise.resolve("own token"),
      view: followRegistries(paths),
    }),
  );

/** Pull secrets of a namespace, a secret a host. */
function secrets(
  namespace: string,
  users: Readonly<Record<string, string>>,
  absent: readonly string[] = [],
): PullSecrets {
  const config = JSON.stringify({
    auths: Object.fromEntries(
      Object.entries(users).map(([host, user]) => [host, { auth: basic(user).slice("Basic ".length) }]),
    ),
  });
  const some = Object.keys(users).length > 0;
  return {
    namespace,
    names: [...(some ? ["pull"] : []), ...absent],
    absent,
    key: some ? `${namespace} ${Object.values(users).join()}` : "",
    open: () => (some ? [{ name: "pull", config }] : []),
  };
}
const none = secrets("shop", {});

test("a tag at a private registry is resolved with the pod's pull secret over its own authority", async () => {
  const registry = await serve("ann");
  const image = `${registry.host}/shop/web:1`;
  const pull = secrets("shop", { [registry.host]: "ann" });
  await expect(resolver().resolve(image, undefined, pull)).rejects.toMatchObject({
    reason: "ServiceUnavailable",
    message: expect.stringContaining(`bulkhead registry set ${registry.host} --ca FILE`),
  });
  await configure({ [registry.host]: { ca: authority.certificate } });
  expect(await resolver().resolve(image, undefined, pull)).toBe(digest);
});

test("what is missing is said: no secret, one that is not there, one for another registry, one that is refused", async () => {
  const registry = await serve("ann");
  await configure({ [registry.host]: { ca: authority.certificate } });
  const says = async (pull: PullSecrets): Promise<string> => {
    const refusal: unknown = await resolver()
      .resolve(`${registry.host}/shop/web:1`, undefined, pull)
      .catch((error: unknown) => error);
    expect(refusal).toMatchObject({ reason: "Forbidden" });
    return (refusal as Error).message;
  };
  expect(await says(none)).toContain(
    `no pull secret is named for it; make one and name it in imagePullSecrets of the pod or of its ServiceAccount: kubectl -n shop create secret docker-registry NAME --docker-server=${registry.host} `,
  );
  expect(await says(secrets("shop", {}, ["gone"]))).toContain("its pull secret gone is not there in namespace shop");
  expect(await says(secrets("shop", { "other.example": "ann" }))).toContain(
    `its pull secrets (pull) hold no credentials for ${registry.host}`,
  );
  expect(await says(secrets("shop", { [registry.host]: "bob" }))).toContain("do not open this repository");
  // Credentials of another registry were never shown here.
  expect(new Set(registry.authorizations)).toEqual(new Set([undefined, basic("bob")]));
});

test("a mirror is asked first and is shown no credential of the registry's, only its own", async () => {
  const [registry, open, closed] = [await serve("ann"), await serve(), await serve("mia")];
  const trusted = { ca: authority.certificate };
  await configure({
    [registry.host]: { ...trusted, mirrors: [closed.host, open.host] },
    [open.host]: trusted,
    [closed.host]: trusted,
  });
  const image = `${registry.host}/shop/web:1`;
  expect(await resolver().resolve(image, undefined, secrets("shop", { [registry.host]: "ann" }))).toBe(digest);
  expect([closed.authorizations, open.authorizations, registry.authorizations]).toEqual([[undefined], [undefined], []]);
  await resolver().resolve(image, undefined, secrets("shop", { [closed.host]: "mia", [registry.host]: "ann" }));
  expect(closed.authorizations).toContain(basic("mia"));
  expect(closed.authorizations).not.toContain(basic("ann"));
});

test("plain HTTP is spoken where it is configured and nowhere else, and not to the machine's own registry", async () => {
  const registry = await serve("ann", true);
  const image = `${registry.host}/shop/web:1`;
  const pull = secrets("shop", { [registry.host]: "ann" });
  await expect(resolver().resolve(image, undefined, pull)).rejects.toMatchObject({
    message: expect.stringContaining(`bulkhead registry set ${registry.host} --plain-http`),
  });
  expect(registry.authorizations).toEqual([]);
  await configure({ [registry.host]: { plainHttp: true } });
  expect(await resolver().resolve(image, undefined, pull)).toBe(digest);
  const own = imageResolver(
    createRegistryAccess({
      own: registry.host,
      ownCa: join(paths.run, "own.crt"),
      tokenFor: () => Promise.resolve("own token"),
      view: followRegistries(paths),
    }),
  );
  await expect(own.resolve(image, undefined, pull)).rejects.toMatchObject({ reason: "ServiceUnavailable" });
});

test("one namespace's credential never answers for another, nor an old one for a new, whatever generation is named", async () => {
  const registry = await serve("ann");
  await configure({ [registry.host]: { ca: authority.certificate } });
  const one = resolver();
  const image = `${registry.host}/shop/web:1`;
  expect(await one.resolve(image, "owner 1", secrets("shop", { [registry.host]: "ann" }))).toBe(digest);
  const heard = registry.authorizations.length;
  expect(await one.resolve(image, "owner 1", secrets("shop", { [registry.host]: "ann" }))).toBe(digest);
  expect(registry.authorizations.length).toBe(heard);
  await expect(one.resolve(image, "owner 1", secrets("bank", { [registry.host]: "bob" }))).rejects.toThrow(
    /renew them/,
  );
  await expect(one.resolve(image, "owner 1", secrets("shop", { [registry.host]: "bob" }))).rejects.toThrow(
    /renew them/,
  );
  await expect(one.resolve(image, "owner 1", secrets("bank", {}))).rejects.toThrow(/no pull secret/);
});

test("a pod's secret is not shown to the machine's own registry, where the server is known by a token", async () => {
  const registry = await serve("ann");
  const own = imageResolver(
    createRegistryAccess({
      own: registry.host,
      ownCa: join(paths.run, "own.crt"),
      tokenFor: () => Promise.resolve("own token"),
      view: followRegistries(paths),
    }),
  );
  const pull = secrets("shop", { [registry.host]: "ann" });
  await expect(own.resolve(`${registry.host}/shop/web:1`, undefined, pull)).rejects.toThrow();
  expect(registry.authorizations).not.toContain(basic("ann"));
});
