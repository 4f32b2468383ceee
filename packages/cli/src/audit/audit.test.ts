import type { AuditEvent } from "@bulkhead/audit";
import { describe, expect, test } from "vitest";
import { parseAnchor } from "./anchor.ts";
import { matchText, verifyText } from "./audit-text.ts";
import { filterOf } from "./filter.ts";

const now = Date.parse("2026-11-21T12:00:00Z");

describe("filters", () => {
  test("from words", () => {
    expect(
      filterOf(
        { user: "a", verb: ["get,list", "watch"], resource: "Pods", code: "4xx", since: "2h", until: "2026-11-21" },
        now,
      ),
    ).toEqual({
      user: "a",
      verbs: ["get", "list", "watch"],
      resource: "pods",
      code: 4,
      since: new Date("2026-11-21T10:00:00Z"),
      until: new Date("2026-11-21T00:00:00Z"),
    });
    expect(filterOf({}, now)).toEqual({});
    expect(filterOf({ code: "403" }, now)).toEqual({ code: 403 });
  });

  test.each([{ code: "6xx" }, { code: "40" }, { since: "soon" }, { since: "5" }, { until: "2h ago" }])(
    "%j is refused",
    (words) => {
      expect(() => filterOf(words, now)).toThrow(expect.objectContaining({ exit: 2 }));
    },
  );
});

const event = (more: Partial<AuditEvent>): AuditEvent => ({
  kind: "Event",
  apiVersion: "audit.k8s.io/v1",
  level: "Metadata",
  auditID: "i",
  stage: "ResponseComplete",
  requestURI: "/api/v1/namespaces/shop/pods/web/exec?command=sh",
  verb: "create",
  user: { username: "alice" },
  objectRef: { resource: "pods", subresource: "exec", namespace: "shop", name: "web" },
  responseStatus: { code: 101 },
  requestReceivedTimestamp: "2026-11-21T12:00:00.123456Z",
  stageTimestamp: "2026-11-21T12:00:00.123456Z",
  ...more,
});

describe("a record on one line", () => {
  test("who did what to what", () => {
    expect(matchText({ seq: 7, event: event({}) })).toBe(
      "2026-11-21T12:00:00Z      7 101  alice  create pods/exec web in shop",
    );
  });

  test("refused: why; impersonated: by whom; no object: the path without its query", () => {
    const refused = event({ responseStatus: { code: 403, message: "pods is\nforbidden" } });
    expect(matchText({ seq: 1, event: refused })).toMatch(/403 .* pods is forbidden$/);
    const impersonated = event({ impersonatedUser: { username: "bob" } });
    expect(matchText({ seq: 1, event: impersonated })).toContain("bob (really alice)");
    const { objectRef: _, ...bare } = event({ requestURI: "/version?token=x" });
    expect(matchText({ seq: 1, event: bare })).toMatch(/create \/version$/);
    expect(matchText({ seq: 1, event: event({ user: { username: "\u001b]0;x" } }) })).not.toContain("\u001b");
  });
});

describe("anchors", () => {
  const checkpoint = { kind: "head", instanceId: "i", count: 3, hash: "00", time: "t", keyId: "k", signature: "s" };
  const anchor = { format: "bulkhead-audit-anchor-1", publicKey: "pem", checkpoint };
  test("are read back", () => {
    expect(parseAnchor(JSON.stringify(anchor), "f")).toEqual(anchor);
  });
  test.each([
    ["{", /no JSON/],
    ["null", /no anchor/],
    ["[]", /no anchor/],
    [JSON.stringify({ ...anchor, format: "x" }), /no anchor/],
    [JSON.stringify({ ...anchor, publicKey: "" }), /no anchor/],
    [JSON.stringify({ ...anchor, checkpoint: { ...checkpoint, count: "3" } }), /no anchor/],
    [JSON.stringify({ ...anchor, checkpoint: { ...checkpoint, kind: "tail" } }), /no anchor/],
  ])("%s is none", (text, message) => {
    expect(() => parseAnchor(text, "kept.json")).toThrow(
      expect.objectContaining({ exit: 2, message: expect.stringMatching(message) }),
    );
  });
});

test("what verification says: the first broken record, and how far it held", () => {
  const broken = {
    instanceId: "i",
    verdict: "tampered",
    seq: 5,
    says: "record 5 was changed",
    checkpoints: 2,
    records: 4,
    anchors: 1,
  } as const;
  const text = verifyText(broken);
  expect(text).toMatch(/^tampered {2}record 5 was changed\n/);
  expect(text).toMatch(/first broken record +5\n/);
  expect(text).toMatch(/held up to +4\n/);
  expect(text).toContain("2 signed checkpoints, 1 of them kept elsewhere");
  expect(verifyText({ ...broken, verdict: "intact", seq: undefined, says: "4 records" })).toMatch(
    /^intact {2}4 records\n/,
  );
});
