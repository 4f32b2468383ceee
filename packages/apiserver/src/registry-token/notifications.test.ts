import { describe, expect, test } from "vitest";
import { eventRecord, parseEnvelope } from "./notifications.ts";
import { notifierAuthenticator, notifierDigest, registryNotifier } from "./notifier.ts";

const event = (more: object = {}) => ({
  id: "e1",
  timestamp: "2026-11-21T10:00:00.123456789Z",
  action: "push",
  target: {
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    digest: `sha256:${"0".repeat(64)}`,
    repository: "shop/web",
    tag: "1",
  },
  request: { id: "r", addr: "10.1.2.3:5000", host: "h", method: "PUT", useragent: "docker/27" },
  actor: { name: "system:serviceaccount:shop:ci" },
  ...more,
});
const envelope = (...events: unknown[]) => Buffer.from(JSON.stringify({ events }));

describe("the registry's events", () => {
  test("become records of who pushed what where", () => {
    const [push] = parseEnvelope(envelope(event()));
    if (push === undefined) throw new Error("no event");
    expect(JSON.parse(Buffer.from(eventRecord(push, 0)).toString())).toMatchObject({
      kind: "Event",
      verb: "push",
      user: { username: "system:serviceaccount:shop:ci" },
      sourceIPs: ["10.1.2.3"],
      userAgent: "docker/27",
      requestURI: "/v2/shop/web/manifests/1",
      objectRef: {
        apiGroup: "registry.security.bulkhead.dev",
        resource: "repositories",
        namespace: "shop",
        name: "web",
      },
      responseStatus: { code: 201 },
      requestReceivedTimestamp: "2026-11-21T10:00:00.123Z",
      annotations: {
        "registry.security.bulkhead.dev/tag": "1",
        "registry.security.bulkhead.dev/digest": `sha256:${"0".repeat(64)}`,
      },
    });
  });
  test("of other kinds, and of what is no repository, are left out", () => {
    const events = [event({ action: "pull" }), event({ target: { repository: "../x" } }), null, 7, [], "push"];
    expect(parseEnvelope(envelope(...events))).toEqual([]);
  });
  test("keep a form whatever stands in them, and a bounded length", () => {
    const odd = event({
      id: 7,
      timestamp: "soon",
      actor: { name: "x".repeat(9999) },
      request: { addr: "[::1]:80", useragent: {} },
      target: { repository: "tool", digest: 3, tag: "t".repeat(999) },
    });
    const [read] = parseEnvelope(envelope(odd));
    expect(read).toMatchObject({ id: "", time: "1970-01-01T00:00:00.000Z", digest: "", address: "::1", userAgent: "" });
    expect([read?.actor.length, read?.tag.length]).toEqual([1024, 256]);
  });
  test.each(["", "[]", "null", '{"events":{}}'])("that are no envelope are refused: %s", (body) => {
    expect(() => parseEnvelope(Buffer.from(body))).toThrow();
  });
  test("too many at once are refused", () => {
    expect(() => parseEnvelope(envelope(...Array.from({ length: 1001 }, () => event())))).toThrow(/more than/);
  });
});

test("the registry is known by its secret, the one before it counts too, and another is nobody's", () => {
  const notifier = notifierAuthenticator(() => new Set([notifierDigest("new"), notifierDigest("old")]));
  const ask = (bearer: string | undefined) =>
    notifier.authenticate({ peer: { address: "", certificate: undefined }, bearer, now: 0 });
  expect(ask("new")).toEqual({ outcome: "known", user: registryNotifier });
  expect(ask("old").outcome).toBe("known");
  expect([ask("other").outcome, ask(undefined).outcome, ask(notifierDigest("new")).outcome]).toEqual([
    "none",
    "none",
    "none",
  ]);
});
