import { describe, expect, it } from "vitest";
import { type AuditEvent, auditRecord, parseAuditRecord } from "./audit-event.ts";
import { type AuditQuestion, auditDecision, defaultAuditPolicy } from "./audit-policy.ts";
import { redactBody } from "./redaction.ts";
import { type AuditFilter, searchAudit } from "./search.ts";

const event = (change: Partial<AuditEvent> = {}): AuditEvent => ({
  kind: "Event",
  apiVersion: "audit.k8s.io/v1",
  level: "Metadata",
  auditID: "0f0f",
  stage: "ResponseComplete",
  requestURI: "/api/v1/namespaces/shop/secrets/db",
  verb: "get",
  user: { username: "alice", groups: ["devs"] },
  objectRef: { resource: "secrets", namespace: "shop", name: "db", apiVersion: "v1" },
  responseStatus: { code: 200 },
  requestReceivedTimestamp: "2026-01-02T03:04:05.000000Z",
  stageTimestamp: "2026-01-02T03:04:05.001000Z",
  ...change,
});

const text = (change?: Partial<AuditEvent>): string => Buffer.from(auditRecord(event(change))).toString("utf8");

describe("record", () => {
  it("is the same bytes for the same event, however it was put together", () => {
    const { verb, user, ...rest } = event({ annotations: { b: "2", a: "1" } });
    const other = {
      ...rest,
      user: { groups: user.groups ?? [], username: "alice" },
      verb,
      annotations: { a: "1", b: "2" },
    };
    expect(Buffer.from(auditRecord(other)).toString("utf8")).toBe(text({ annotations: { b: "2", a: "1" } }));
    expect(parseAuditRecord(auditRecord(other))).toEqual(other);
  });

  it("holds no credential of a query, and no endless text", () => {
    const long = "x".repeat(10_000);
    const record = text({ requestURI: `/exec?command=ls&token=s3cret&access_token=abc#x`, userAgent: long });
    expect(record).not.toMatch(/s3cret|abc/);
    expect(record).toContain("command=ls&token=REDACTED&access_token=REDACTED");
    expect(record.length).toBeLessThan(2000);
  });

  it("reads what is no event as none", () => {
    for (const damaged of ["", "{", "null", "[]", '{"kind":"Pod"}'])
      expect(parseAuditRecord(Buffer.from(damaged))).toBeUndefined();
  });
});

describe("redaction", () => {
  it("hides secret values wherever they stand, and keeps which keys there were", () => {
    const body = {
      kind: "SecretList",
      items: [{ kind: "Secret", data: { password: "aGk=" }, stringData: { a: "b" }, metadata: { managedFields: [1] } }],
      spec: {
        containers: [
          {
            env: [
              { name: "KEY", value: "hi" },
              { name: "REF", valueFrom: { x: 1 } },
            ],
          },
        ],
      },
      status: { token: "eyJ" },
    };
    const hidden = JSON.stringify(redactBody(body));
    expect(hidden).not.toMatch(/aGk=|"b"|"hi"|eyJ|managedFields/);
    expect(hidden).toContain('"data":{"password":"REDACTED"}');
    expect(hidden).toContain('"valueFrom":{"x":1}');
  });

  it("hides the copy of the object that kubectl apply leaves in an annotation", () => {
    const name = "kubectl.kubernetes.io/last-applied-configuration";
    expect(JSON.stringify(redactBody({ metadata: { annotations: { [name]: "s3cret", a: "b" } } }))).not.toContain(
      "s3cret",
    );
  });

  it("leaves a ConfigMap's data, which is no secret", () => {
    expect(redactBody({ kind: "ConfigMap", data: { a: "b" } })).toEqual({ kind: "ConfigMap", data: { a: "b" } });
  });
});

describe("policy", () => {
  const ask = (change: Partial<AuditQuestion>): AuditQuestion => ({
    user: "alice",
    groups: ["devs"],
    verb: "get",
    resource: { group: "", resource: "pods", subresource: "" },
    namespace: "shop",
    path: "/api/v1/namespaces/shop/pods",
    ...change,
  });
  const decide = (change: Partial<AuditQuestion>) => auditDecision(defaultAuditPolicy, ask(change));
  const core = (resource: string, subresource = "") => ({ group: "", resource, subresource });

  it("records everything, what must be known with a mark, and no health checks", () => {
    expect(decide({})).toEqual({ level: "Metadata", required: false });
    expect(decide({ resource: core("secrets") })).toEqual({ level: "Metadata", required: true });
    expect(decide({ resource: core("pods", "exec") })).toEqual({ level: "Metadata", required: true });
    expect(decide({ resource: core("pods", "log") })).toEqual({ level: "Metadata", required: false });
    expect(decide({ resource: undefined, path: "/livez/etcd" })).toEqual({ level: "None", required: false });
    expect(decide({ resource: undefined, path: "/api" })).toEqual({ level: "Metadata", required: false });
    const lease = { group: "coordination.k8s.io", resource: "leases", subresource: "" };
    expect(decide({ resource: lease, groups: ["system:nodes"] }).level).toBe("None");
    expect(decide({ resource: lease }).level).toBe("Metadata");
  });

  it("never records a secret's body, whatever a rule asks", () => {
    const policy = { rules: [{ level: "RequestResponse" as const }] };
    const level = (resource: AuditQuestion["resource"]) => auditDecision(policy, ask({ resource })).level;
    expect(level(core("pods"))).toBe("RequestResponse");
    expect(level(core("secrets"))).toBe("Metadata");
    expect(level(core("serviceaccounts", "token"))).toBe("Metadata");
    expect(level({ group: "authentication.k8s.io", resource: "tokenreviews", subresource: "" })).toBe("Metadata");
  });

  it("takes the first rule that fits, by every criterion, and Metadata when none does", () => {
    const policy = {
      rules: [
        { level: "None" as const, users: ["system:*"], verbs: ["watch"] },
        { level: "Request" as const, namespaces: ["shop"], resources: [{ group: "", resources: ["pods*"] }] },
      ],
    };
    const level = (change: Partial<AuditQuestion>) => auditDecision(policy, ask(change)).level;
    expect(level({ user: "system:node:a", verb: "watch" })).toBe("None");
    expect(level({ user: "system:node:a" })).toBe("Request");
    expect(level({ resource: core("pods", "status") })).toBe("Request");
    expect(level({ namespace: "other" })).toBe("Metadata");
    expect(level({ resource: undefined })).toBe("Metadata");
  });
});

describe("search", () => {
  const events = [
    event(),
    event({ verb: "delete", responseStatus: { code: 403 }, user: { username: "mallory" } }),
    event({ impersonatedUser: { username: "bob" }, requestReceivedTimestamp: "2026-02-02T00:00:00Z" }),
  ];
  const empty = new Uint8Array();
  const rows = [...events.map(auditRecord), Buffer.from("damaged")].map((record, index) => ({
    seq: index + 1,
    record,
    previous: empty,
    hash: empty,
  }));

  it.each<[AuditFilter, number[]]>([
    [{}, [1, 2, 3]],
    [{ user: "alice" }, [1, 3]],
    [{ user: "bob" }, [3]],
    [{ verbs: ["delete", "patch"] }, [2]],
    [{ code: 4 }, [2]],
    [{ code: 200 }, [1, 3]],
    [{ resource: "secrets", namespace: "shop", name: "db" }, [1, 2, 3]],
    [{ name: "other" }, []],
    [{ since: new Date("2026-01-15") }, [3]],
    [{ until: new Date("2026-01-15") }, [1, 2]],
    [{ contains: "mallory" }, [2]],
  ])("finds %j", (filter, expected) => {
    expect([...searchAudit(rows, filter)].map((match) => match.seq)).toEqual(expected);
  });
});
