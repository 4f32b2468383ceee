import { expect, test } from "vitest";
import { AuditEntry } from "./audit-entry.ts";
import { parseRequest, type RequestInfo } from "./request-info.ts";

const user = (name: string) => ({ name, uid: "", groups: ["a", 'b"c'], extra: {} });

const read = (bytes: Uint8Array) => JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown>;

test("a record is JSON whatever the client sent, and holds names only", () => {
  const url = '/api/v1/namespaces/default/pods/x"\\/exec?command=secret&stdin=1';
  const entry = new AuditEntry(url, "::1", 'agent "\n', 0);
  entry.about(parseRequest("POST", "/apis/apps/v1/namespaces/default/deployments/web/status") as RequestInfo);
  entry.by(user('al"ice'));
  entry.as(user("bob"));
  entry.annotate("key", 'va"lue');
  const record = read(entry.record(403, "Forbidden"));
  expect(record).toEqual({
    kind: "Event",
    apiVersion: "audit.k8s.io/v1",
    level: "Metadata",
    auditID: entry.id,
    stage: "ResponseComplete",
    requestURI: '/api/v1/namespaces/default/pods/x"\\/exec?stdin=1&command=<redacted>',
    verb: "create",
    user: { username: 'al"ice', groups: ["a", 'b"c'] },
    impersonatedUser: { username: "bob", groups: ["a", 'b"c'] },
    sourceIPs: ["::1"],
    userAgent: 'agent "\n',
    objectRef: {
      resource: "deployments",
      namespace: "default",
      name: "web",
      apiGroup: "apps",
      apiVersion: "v1",
      subresource: "status",
    },
    responseStatus: { metadata: {}, code: 403, reason: "Forbidden" },
    requestReceivedTimestamp: "1970-01-01T00:00:00.000Z",
    stageTimestamp: record["stageTimestamp"],
    annotations: { key: 'va"lue' },
  });
});

test("a request that could not be understood leaves a record all the same", () => {
  const record = read(new AuditEntry("/x", "", "", 0).record(404, undefined));
  expect(record).toMatchObject({ verb: "", user: {}, responseStatus: { metadata: {}, code: 404 } });
  expect(record).not.toHaveProperty("objectRef");
  expect(record).not.toHaveProperty("userAgent");
});

test("what a creation named and made is told", () => {
  const entry = new AuditEntry("/api/v1/namespaces", "", "", 0);
  entry.about(parseRequest("POST", "/api/v1/namespaces") as RequestInfo);
  entry.named("made");
  expect(read(entry.record(201, undefined, "the-uid"))["objectRef"]).toEqual({
    resource: "namespaces",
    name: "made",
    apiVersion: "v1",
    uid: "the-uid",
  });
});
