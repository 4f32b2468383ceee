import { generateKeyPairSync } from "node:crypto";
import { publicKeyId, type SignatureFacts } from "@bulkhead/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ApiServerOptions } from "../src/index.ts";
import { startTestServer, type TestServer } from "./test-server.ts";

const digest = `sha256:${"a".repeat(64)}`;
const pem = generateKeyPairSync("ec", { namedCurve: "P-256" })
  .publicKey.export({ type: "spki", format: "pem" })
  .toString();

const policy = {
  apiVersion: "security.bulkhead.dev/v1alpha1",
  kind: "ImageTrustPolicy",
  metadata: { name: "signed" },
  spec: {
    allow: [{ registry: "registry.example", repositories: ["*"] }],
    signatures: [{ images: ["registry.example/shop/*"], authorities: [{ name: "release", key: { publicKey: pem } }] }],
  },
};

const secure = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
const spec = (image: string): object => ({
  securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
  containers: [{ name: "c", image, securityContext: secure }],
});
const pod = (name: string, image: string): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: spec(image),
});
const deployment = (name: string, image: string): object => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name },
  spec: {
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: spec(image) },
  },
});

describe.each(["bulkhead", "kubernetes"] as const)("in %s mode", (mode) => {
  let server: TestServer;
  const asked: string[] = [];
  const keyId = publicKeyId(pem) ?? "";

  const images: NonNullable<ApiServerOptions["images"]> = {
    resolve: () => Promise.resolve(digest),
    signatures: (image): Promise<SignatureFacts> => {
      asked.push(image);
      if (image.includes("unanswered")) return new Promise(() => undefined);
      const fact = {
        kind: "signature",
        signer: { type: "key", keyId },
        digest,
        logs: [],
        form: "bundle",
        manifest: digest,
      } as const;
      return Promise.resolve({
        digest,
        facts: image.includes("/good") ? [fact] : [],
        failures: [],
        checkedAt: "2026-11-21T12:00:00Z",
      });
    },
  };

  beforeAll(async () => {
    server = await startTestServer({ mode, images, rootCa: "-----BEGIN CERTIFICATE-----\n" });
    await server.call("POST", "/api/v1/namespaces", {
      body: { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } },
    });
    const made = await server.call("POST", "/apis/security.bulkhead.dev/v1alpha1/imagetrustpolicies", { body: policy });
    expect(made.status).toBe(201);
    await server.call("POST", "/api/v1/namespaces/shop/serviceaccounts", {
      body: { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } },
    });
  });
  afterAll(() => server.close());

  const create = (object: object) =>
    server.call<{ message?: string; spec: { containers: { image: string }[] } }>(
      "POST",
      "/api/v1/namespaces/shop/pods",
      { body: object },
    );

  test("a signed image is admitted by the digest that was asked about", async () => {
    const { status, body } = await create(pod("good", "registry.example/shop/good:1"));
    expect([status, body.spec.containers[0]?.image]).toEqual([201, `registry.example/shop/good:1@${digest}`]);
    expect(asked).toContain(`registry.example/shop/good:1@${digest}`);
  });

  test("an unsigned one is refused: which key, and which command", async () => {
    const { status, body } = await create(pod("bad", "registry.example/shop/bad:1"));
    expect(status).toBe(403);
    expect(body.message).toContain(
      `asks for a signature by the key "release" (SHA-256 ${keyId.slice(0, 12)}…); found: none`,
    );
    expect(body.message).toContain(
      "bulkhead allow image signature --for pod/bad -n shop --value registry.example/shop/bad@",
    );
  });

  test("what needs no signature is not asked about", async () => {
    const { status, body } = await create(pod("other", "registry.example/other/web:1"));
    const pinned = mode === "bulkhead" ? `registry.example/other/web:1@${digest}` : "registry.example/other/web:1";
    expect([status, body.spec.containers[0]?.image]).toEqual([201, pinned]);
    expect(asked.filter((image) => image.includes("/other/"))).toEqual([]);
  });

  test("a policy in Audit mode refuses nothing, and the audit log holds what it would have refused", async () => {
    const strict = {
      ...policy,
      metadata: { name: "strict" },
      spec: {
        ...policy.spec,
        mode: "Audit",
        signatures: [{ ...policy.spec.signatures[0], images: ["registry.example/other/*"] }],
      },
    };
    await server.call("POST", "/apis/security.bulkhead.dev/v1alpha1/imagetrustpolicies", { body: strict });
    expect((await create(pod("audited", "registry.example/other/audited:1"))).status).toBe(201);
    await server.call("DELETE", "/apis/security.bulkhead.dev/v1alpha1/imagetrustpolicies/strict");
    const records = [...server.store.readAudit(0)].map((r) => Buffer.from(r.record).toString());
    expect(records.find((r) => r.includes("imagetrustpolicies.security.bulkhead.dev/audited"))).toContain(
      "would not run: ImageTrustPolicy strict (spec.signatures[0]) asks for a signature",
    );
  });

  test("a template is written, and its writer is warned", async () => {
    const path = "/apis/apps/v1/namespaces/shop/deployments";
    const bad = await server.call("POST", path, { body: deployment("bad", "registry.example/shop/bad:1") });
    const warnings = String(bad.headers["warning"] ?? "");
    expect(bad.status).toBe(201);
    // Upstream's mode leaves templates to their pods.
    if (mode === "bulkhead") expect(warnings).toContain("asks for a signature by the key");
    else expect(warnings).not.toContain("asks for a signature");
    const good = await server.call("POST", path, { body: deployment("good", "registry.example/shop/good:1") });
    expect([good.status, String(good.headers["warning"] ?? "")]).toEqual([
      201,
      expect.not.stringContaining("asks for a signature"),
    ]);
  });

  test("a registry that never answers keeps no workload's writer waiting for long", async () => {
    const written = await server.call("POST", "/apis/apps/v1/namespaces/shop/deployments", {
      body: deployment("unanswered", "registry.example/shop/unanswered:1"),
    });
    expect(written.status).toBe(201);
  });
});

test("where nobody can ask registries, what must be signed is refused", async () => {
  const server = await startTestServer({ mode: "kubernetes" });
  try {
    await server.call("POST", "/apis/security.bulkhead.dev/v1alpha1/imagetrustpolicies", { body: policy });
    await server.call("POST", "/api/v1/namespaces/default/serviceaccounts", {
      body: { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } },
    });
    const refused = await server.call("POST", "/api/v1/namespaces/default/pods", {
      body: pod("web", `registry.example/shop/good@${digest}`),
    });
    expect([refused.status, refused.body.message]).toEqual([
      403,
      expect.stringContaining("its signatures were not looked at"),
    ]);
  } finally {
    await server.close();
  }
});
