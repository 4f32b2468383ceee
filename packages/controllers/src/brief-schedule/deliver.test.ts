import { createHmac } from "node:crypto";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { selfSigned } from "../testing/self-signed.ts";
import { type Delivery, deliver } from "./deliver.ts";

interface Got {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

let server: Server;
let ca: string;
let port: number;
const got: Got[] = [];
/** What the other side answers. */
let reply: { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string } | "silence";

beforeAll(async () => {
  const made = await selfSigned("hook.example");
  ca = Buffer.from(made.certificate).toString("base64");
  server = createServer({ cert: made.certificate, key: made.key }, (request, response) => {
    let body = "";
    request.on("data", (part: Buffer) => (body += part.toString()));
    request.on("end", () => {
      got.push({ headers: request.headers, body });
      if (reply === "silence") return;
      response.writeHead(reply.status, reply.headers ?? {});
      response.end(reply.body ?? "");
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** A resolver that answers with these, whatever the name. */
const resolving = (...addresses: string[]): NonNullable<Delivery["resolve"]> =>
  ((_: string, __: object, done: (error: null, found: { address: string; family: number }[]) => void) =>
    done(
      null,
      addresses.map((address) => ({ address, family: 4 })),
    )) as unknown as NonNullable<Delivery["resolve"]>;

const send = (more: Partial<Delivery> = {}, webhook: Partial<Delivery["webhook"]> = {}) => {
  got.length = 0;
  return deliver({
    webhook: { url: `https://hook.example:${port}/in?a=b`, caBundle: ca, ...webhook },
    contentType: "text/markdown; charset=utf-8",
    body: "# Brief ü",
    id: "uid/2026-11-23T07:00:00Z",
    now: 1_700_000_000_000,
    secrets: new Map(),
    refusal: () => undefined,
    signal: new AbortController().signal,
    resolve: resolving("127.0.0.1"),
    ...more,
  });
};

test("what is sent arrives whole, signed, with the header that the Secret holds", async () => {
  reply = { status: 202 };
  const secrets = new Map([
    ["auth", "Bearer t0ken\n"],
    ["hmac", "k"],
  ]);
  const webhook = { header: { name: "Authorization", secretKey: "auth" }, signature: { secretKey: "hmac" } };
  expect(await send({ secrets }, webhook)).toEqual({ sent: true });
  const [{ headers, body } = { headers: {}, body: "" }] = got;
  expect(body).toBe("# Brief ü");
  expect(headers).toMatchObject({
    authorization: "Bearer t0ken",
    "content-type": "text/markdown; charset=utf-8",
    "x-bulkhead-delivery": "uid/2026-11-23T07:00:00Z",
    "x-bulkhead-timestamp": "1700000000",
    "x-bulkhead-signature": `sha256=${createHmac("sha256", "k").update("1700000000.# Brief ü").digest("hex")}`,
  });
});

describe("what is not sent", () => {
  const refusal = (address: string): string | undefined => (address.startsWith("127.") ? "it is inside" : undefined);

  test.each([
    ["a name that leads inside", { refusal }, {}, "it is inside"],
    ["a name of which one address is inside", { refusal, resolve: resolving("192.0.2.1", "127.0.0.1") }, {}, "inside"],
    ["an address inside", { refusal }, { url: "https://127.0.0.1:1/" }, "it is inside"],
    ["an address inside, written otherwise", { refusal }, { url: "https://0x7f.1/" }, "it is inside"],
    ["plain HTTP", {}, { url: "http://hook.example/" }, "https alone"],
    ["a password in the address", {}, { url: "https://a:b@hook.example/" }, "no password stands in it"],
    ["a header of our own", {}, { header: { name: "Host", secretKey: "a" } }, "is not to be set"],
    ["a key that is not there", {}, { header: { name: "X-A", secretKey: "b" } }, "has no key b"],
    ["a header that would be two", {}, { header: { name: "X-A", secretKey: "split" } }, "holds no header's value"],
    ["a signature without a key", {}, { signature: { secretKey: "b" } }, "has no key b"],
    ["more than is sent", { body: "x".repeat(300_000) }, {}, "larger than 256 KiB"],
  ] satisfies [string, Partial<Delivery>, Partial<Delivery["webhook"]>, string][])(
    "%s",
    async (_, more, webhook, says) => {
      const secrets = new Map([
        ["a", "v"],
        ["split", "v\r\nx-evil: 1"],
      ]);
      const delivered = await send({ secrets, ...more }, webhook);
      expect(delivered).toMatchObject({ sent: false });
      expect(JSON.stringify(delivered)).toContain(says);
      expect(got).toEqual([]);
    },
  );

  test("a certificate of nobody that is trusted, or of another name", async () => {
    reply = { status: 200 };
    const { caBundle: _, ...bare } = { caBundle: "", url: `https://hook.example:${port}/` };
    const { webhook, ...rest } = { webhook: bare, body: "b", contentType: "text/plain", id: "i", now: 0 };
    const asked = { secrets: new Map(), refusal: () => undefined, signal: new AbortController().signal };
    expect(await deliver({ webhook, ...rest, ...asked, resolve: resolving("127.0.0.1") })).toEqual({
      sent: false,
      says: "it cannot be reached (DEPTH_ZERO_SELF_SIGNED_CERT)",
    });
    expect(await send({}, { url: `https://other.example:${port}/` })).toEqual({
      sent: false,
      says: "it cannot be reached (ERR_TLS_CERT_ALTNAME_INVALID)",
    });
    expect(got).toEqual([]);
  });
});

describe("what the other side answers", () => {
  test("a redirect is not followed, and its words are not repeated", async () => {
    reply = { status: 307, headers: { location: `https://hook.example:${port}/elsewhere` }, body: "\u001b[2J evil" };
    expect(await send()).toEqual({ sent: false, says: "it answered 307, and no redirect is followed" });
    expect(got).toHaveLength(1);
  });

  test("a refusal is its code", async () => {
    reply = { status: 500, body: "secret things" };
    expect(await send()).toEqual({ sent: false, says: "it answered 500" });
  });

  test("an endless answer is cut off, and counts by its code", async () => {
    reply = { status: 200, body: "x".repeat(5_000_000) };
    expect(await send()).toEqual({ sent: true });
  });

  test("silence ends", async () => {
    reply = "silence";
    expect(await send({ patience: 50 })).toEqual({ sent: false, says: "it did not answer in time" });
  });
});
