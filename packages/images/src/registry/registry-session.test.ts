import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, describe, expect, test } from "vitest";
import { sha256 } from "../build/layer.ts";
import { isInside } from "./http-exchange.ts";
import { parsePullSecrets } from "./pull-secret.ts";
import { createRegistries } from "./registries.ts";
import { createRegistryClient } from "./registry-client.ts";

const servers: Server[] = [];
afterAll(() => servers.forEach((server) => void server.close()));

interface Heard {
  readonly host: string;
  readonly path: string[];
  readonly authorizations: (string | undefined)[];
}

/** A plain registry on loopback that remembers what it was asked and with what credentials. */
async function serve(
  answer: (request: IncomingMessage, response: ServerResponse, host: string) => void,
): Promise<Heard> {
  const path: string[] = [];
  const authorizations: (string | undefined)[] = [];
  let host = "";
  const server = createServer((request, response) => {
    path.push(request.url ?? "");
    authorizations.push(request.headers.authorization);
    answer(request, response, host);
  });
  servers.push(server);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { host, path, authorizations };
}

const blob = Buffer.from("some bytes");
const digest = sha256(blob);
const credentials = { username: "bob", password: "pw" };
const basic = `Basic ${Buffer.from("bob:pw").toString("base64")}`;
const gather = async (bytes: AsyncIterable<Uint8Array>): Promise<string> => {
  const parts: Uint8Array[] = [];
  for await (const part of bytes) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString();
};

describe("credentials", () => {
  test("go where they are asked for: the token service once, the registry as a token, nowhere else", async () => {
    const elsewhere = await serve((_, response) => void response.end(blob));
    const registry = await serve((request, response, host) => {
      if (request.url?.startsWith("/token") === true)
        return void response.end(JSON.stringify({ token: "t1", expires_in: 300 }));
      if (request.headers.authorization !== "Bearer t1")
        return void response
          .writeHead(401, { "www-authenticate": `Bearer realm="http://${host}/token",service="s"` })
          .end();
      response.writeHead(307, { location: `http://${elsewhere.host}/blob` }).end();
    });
    const client = createRegistryClient({ host: registry.host, plainHttp: true, credentials });
    expect(Buffer.from(await client.blob("a/b", digest, 100)).toString()).toBe("some bytes");
    expect(await gather(client.stream("a/b", digest))).toBe("some bytes");
    expect(registry.authorizations).toEqual([undefined, basic, "Bearer t1", "Bearer t1"]);
    expect(registry.path[1]).toContain("scope=repository%3Aa%2Fb%3Apull");
    expect(elsewhere.authorizations).toEqual([undefined, undefined]);
  });

  test("that one gets oneself go to the registry by scope, and its realm is not asked", async () => {
    const registry = await serve((request, response, host) => {
      if (request.headers.authorization === "Bearer repository:a/b:pull") return void response.end(blob);
      response.writeHead(401, { "www-authenticate": `Bearer realm="http://${host}/token",service="s"` }).end();
    });
    const asked: string[] = [];
    const tokenFor = (scope: string): Promise<string> => {
      asked.push(scope);
      return Promise.resolve(scope);
    };
    const registries = createRegistries({ plainHttp: [registry.host], tokensFor: { [registry.host]: tokenFor } });
    for (let n = 0; n < 2; n++) await registries.ask(registry.host, "a/b", (client) => client.blob("a/b", digest, 100));
    expect(asked).toEqual(["repository:a/b:pull"]);
    expect(registry.path).not.toContain("/token");
  });

  test("go as Basic when that is what the registry wants", async () => {
    const registry = await serve((request, response) =>
      request.headers.authorization === basic
        ? void response.end(blob)
        : void response.writeHead(401, { "www-authenticate": 'Basic realm="r"' }).end(),
    );
    const client = createRegistryClient({ host: registry.host, plainHttp: true, credentials });
    await client.blob("a", digest, 100);
    await client.blob("a", digest, 100);
    expect(registry.authorizations).toEqual([undefined, basic, basic]);
  });

  test("are not sent to a token service of another name over plain HTTP", async () => {
    const registry = await serve(
      (_, response) =>
        void response.writeHead(401, { "www-authenticate": 'Bearer realm="http://localhost:1/token"' }).end(),
    );
    const client = createRegistryClient({ host: registry.host, plainHttp: true, credentials });
    await expect(client.blob("a", digest, 100)).rejects.toMatchObject({ code: "refused" });
  });

  test("of the registry are not a mirror's", async () => {
    const mirror = await serve((_, response) => void response.writeHead(401, { "www-authenticate": "Basic" }).end());
    const registry = await serve((request, response) =>
      request.headers.authorization === basic
        ? void response.end(blob)
        : void response.writeHead(401, { "www-authenticate": "Basic" }).end(),
    );
    const registries = createRegistries({
      plainHttp: [mirror.host, registry.host],
      mirrors: { [registry.host]: [mirror.host] },
      pullSecrets: [parsePullSecrets(JSON.stringify({ auths: { [registry.host]: credentials } }))],
    });
    await registries.ask(registry.host, "a", (client) => client.blob("a", digest, 100));
    expect(mirror.authorizations).toEqual([undefined]);
  });
});

describe("a registry", () => {
  test("that sends other bytes than asked for is told at once, mirror or not", async () => {
    const mirror = await serve((_, response) => void response.end("other bytes"));
    const registry = await serve((_, response) => void response.end(blob));
    const registries = createRegistries({
      plainHttp: [mirror.host, registry.host],
      mirrors: { [registry.host]: [mirror.host] },
    });
    await expect(registries.ask(registry.host, "a", (client) => client.blob("a", digest, 100))).rejects.toMatchObject({
      code: "digest-mismatch",
    });
    expect(registry.path).toEqual([]);
  });

  test("that redirects in a circle, or sends more than is expected, is stopped", async () => {
    const circle = await serve((request, response) => void response.writeHead(302, { location: request.url }).end());
    await expect(
      createRegistryClient({ host: circle.host, plainHttp: true }).blob("a", digest, 100),
    ).rejects.toMatchObject({ code: "refused" });
    const flood = await serve((_, response) => void response.end(Buffer.alloc(1 << 20)));
    await expect(
      createRegistryClient({ host: flood.host, plainHttp: true }).blob("a", digest, 100),
    ).rejects.toMatchObject({ code: "too-large" });
  });

  test("that breaks off is unreachable, not short", async () => {
    const registry = await serve((_, response) => {
      response.writeHead(200, { "content-length": 100 });
      response.write("some");
      setTimeout(() => response.destroy(), 20);
    });
    await expect(
      gather(createRegistryClient({ host: registry.host, plainHttp: true }).stream("a", digest)),
    ).rejects.toMatchObject({ code: "unreachable" });
  });

  test("lists tags over pages, and follows no page elsewhere", async () => {
    const registry = await serve((request, response) => {
      if (request.url?.includes("last=b") === true)
        response.writeHead(200, { link: '<http://localhost:1/v2/a/tags/list>; rel="next"' }).end('{"tags":["c"]}');
      else response.writeHead(200, { link: '</v2/a/tags/list?last=b>; rel="next"' }).end('{"tags":["a","b",1]}');
    });
    expect(await createRegistryClient({ host: registry.host, plainHttp: true }).tags("a")).toEqual(["a", "b", "c"]);
  });
});

test.each(["127.0.0.1", "169.254.169.254", "::1", "fe80::1", "0.0.0.0", "::ffff:127.0.0.1", "::ffff:169.254.169.254"])(
  "%s is an address inside",
  (address) => expect(isInside(address)).toBe(true),
);
test.each(["10.0.0.1", "1.1.1.1", "2001:db8::1", "registry.example.com"])("%s is none", (address) =>
  expect(isInside(address)).toBe(false),
);
