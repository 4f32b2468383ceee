import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Body, startTestServer, type TestServer } from "./test-server.ts";

const digest = `sha256:${"a".repeat(64)}`;
const resolved: string[] = [];
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({
    mode: "bulkhead",
    rootCa: "-----BEGIN CERTIFICATE-----\n",
    images: {
      resolve: (image, generation) => {
        resolved.push(`${image} ${generation ?? ""}`);
        return image.includes("broken") ? Promise.reject(new Error("no such tag")) : Promise.resolve(digest);
      },
    },
  });
  await server.call("POST", "/api/v1/namespaces", {
    body: { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } },
  });
});
afterAll(() => server.close());

type Pod = Body & {
  spec: {
    hostUsers?: boolean;
    containers: { image: string; volumeMounts?: unknown[] }[];
    automountServiceAccountToken?: boolean;
  };
};

const secure = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };

const pod = (name: string, image = "registry.example/shop/web:1", spec: object = {}): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: {
    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    containers: [{ name: "c", image, securityContext: secure }],
    ...spec,
  },
});

const create = (object: object, namespace = "shop") =>
  server.call<Pod>("POST", `/api/v1/namespaces/${namespace}/pods`, { body: object });

test("a new namespace is closed from its first moment, by objects that anyone can see", async () => {
  const created = await server.call("GET", "/api/v1/namespaces/shop");
  expect(created.body.metadata.labels).toMatchObject({ "pod-security.kubernetes.io/enforce": "restricted" });
  const policies = await server.call("GET", "/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies");
  expect(policies.body.items.map(({ metadata }) => metadata.name)).toEqual(["allow-dns", "default-deny"]);
  const ca = await server.call("GET", "/api/v1/namespaces/shop/configmaps/kube-root-ca.crt");
  expect(ca.body.data).toEqual({ "ca.crt": "-----BEGIN CERTIFICATE-----\n" });
});

describe("images", () => {
  test("none may run where none is trusted, and the refusal opens the door", async () => {
    const refused = await create(pod("early"));
    expect(refused.status).toBe(403);
    expect(refused.body.message).toContain("bulkhead allow image trust --for pod/early -n shop");
    expect(resolved).toEqual([]);
  });

  test("a trusted tag is pinned in the pod; one that cannot be resolved does not run", async () => {
    const policy = {
      apiVersion: "security.bulkhead.dev/v1alpha1",
      kind: "ImageTrustPolicy",
      metadata: { name: "shop" },
      spec: { mode: "Enforce", allow: [{ registry: "registry.example", repositories: ["shop/*"] }] },
    };
    expect(
      (await server.call("POST", "/apis/security.bulkhead.dev/v1alpha1/imagetrustpolicies", { body: policy })).status,
    ).toBe(201);
    const { body } = await create(pod("web"));
    expect(body.spec.containers[0]?.image).toBe(`registry.example/shop/web:1@${digest}`);
    const broken = await create(pod("broken", "registry.example/shop/broken:1"));
    expect([broken.status, broken.body.message]).toEqual([403, expect.stringContaining("no such tag")]);
    const elsewhere = await create(pod("elsewhere", "docker.io/library/nginx"));
    expect(elsewhere.status).toBe(403);
    expect(resolved.some((line) => line.includes("nginx"))).toBe(false);
  });
});

test("pods of one template generation are asked about under one name, bare pods each time", async () => {
  const owner = {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    name: "rs",
    uid: "11111111-1111-1111-1111-111111111111",
    controller: true,
  };
  const before = resolved.length;
  for (const name of ["g1", "g2"]) {
    const made = pod(name) as { metadata: object };
    await create({
      ...made,
      metadata: { ...made.metadata, labels: { "pod-template-hash": "abc" }, ownerReferences: [owner] },
    });
  }
  await create(pod("bare"));
  expect(resolved.slice(before).map((line) => line.split(" ").slice(1).join(" "))).toEqual([
    `${owner.uid} abc`,
    `${owner.uid} abc`,
    "",
  ]);
});

describe("pods", () => {
  test("have users of their own, and no token unless their account has a right", async () => {
    const { body } = await create(pod("plain"));
    expect(body.spec.hostUsers).toBe(false);
    expect(body.spec.containers[0]?.volumeMounts).toBeUndefined();
    await server.call("POST", "/api/v1/namespaces/shop/serviceaccounts", {
      body: { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "bound" } },
    });
    expect(
      (await create(pod("unbound", undefined, { serviceAccountName: "bound" }))).body.spec.containers[0]?.volumeMounts,
    ).toBeUndefined();
    await server.call("POST", "/apis/rbac.authorization.k8s.io/v1/namespaces/shop/rolebindings", {
      body: {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "RoleBinding",
        metadata: { name: "b" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
        subjects: [{ kind: "ServiceAccount", name: "bound" }],
      },
    });
    const mounted = await create(pod("mounted", undefined, { serviceAccountName: "bound" }));
    expect(mounted.body.spec.containers[0]?.volumeMounts).toHaveLength(1);
  });

  test("that break the standard are refused with every rule, the value that passes, and the command", async () => {
    const refused = await create({
      ...pod("root"),
      spec: { hostPID: true, containers: [{ name: "c", image: "registry.example/shop/web:1" }] },
    });
    expect(refused.status).toBe(403);
    for (const part of ["host namespaces", "allowPrivilegeEscalation", "would pass:", "bulkhead allow pod-security"])
      expect(refused.body.message).toContain(part);
  });
});

test("a template is judged when it is written: every broken rule is a warning, with its field in the workload", async () => {
  const labels = { app: "a" };
  const template = { metadata: { labels }, spec: { containers: [{ name: "c", image: "docker.io/library/nginx" }] } };
  const reply = await server.call("POST", "/apis/apps/v1/namespaces/shop/deployments", {
    body: {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "d" },
      spec: { selector: { matchLabels: labels }, template },
    },
  });
  expect(reply.status).toBe(201);
  const warnings = String(reply.headers["warning"]);
  for (const part of [
    "spec.template.spec.containers[0].securityContext",
    "spec.template.spec.containers[0].image",
    "bulkhead allow image",
  ])
    expect(warnings).toContain(part);
});

test("an exception's author is who wrote it, whatever it says", async () => {
  const exceptions = "/apis/security.bulkhead.dev/v1alpha1/namespaces/shop/exceptions";
  const created = await server.call<Body & { spec: { author: string } }>("POST", exceptions, {
    body: {
      apiVersion: "security.bulkhead.dev/v1alpha1",
      kind: "Exception",
      metadata: { name: "e" },
      spec: {
        decider: "image",
        rule: "trust",
        subject: { kind: "Pod", name: "p" },
        value: "docker.io/library/nginx",
        reason: "a test",
        author: "somebody-else",
        expires: new Date(Date.now() + 60_000).toISOString().replace(/\.\d+/, ""),
      },
    },
  });
  expect([created.status, created.body.spec.author]).toEqual([201, "admin"]);
  expect((await create(pod("p", "docker.io/library/nginx"))).status).toBe(201);
  await server.call("DELETE", `${exceptions}/e`);
  expect((await create(pod("q", "docker.io/library/nginx"))).status).toBe(403);
});

test("our own definitions are not deleted by a slip of the hand", async () => {
  const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/exceptions.security.bulkhead.dev";
  const slip = await server.call("DELETE", path);
  expect([slip.status, slip.body.message]).toEqual([403, expect.stringContaining("kubectl annotate crd")]);
  const confirm = {
    metadata: { annotations: { "security.bulkhead.dev/confirm-deletion": "exceptions.security.bulkhead.dev" } },
  };
  await server.call("PATCH", path, { headers: { "content-type": "application/merge-patch+json" }, body: confirm });
  expect((await server.call("DELETE", path)).status).toBe(200);
});

test("nobody claims an address that is not theirs", async () => {
  const service = (name: string, spec: object) =>
    server.call<Body & { spec: { clusterIP: string; ports: { nodePort: number }[] } }>(
      "POST",
      "/api/v1/namespaces/shop/services",
      {
        body: { apiVersion: "v1", kind: "Service", metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } },
      },
    );
  expect((await service("ext", { externalIPs: ["192.0.2.1"] })).status).toBe(403);
  const taken = (await service("first", { type: "NodePort" })).body.spec;
  const again = await service("second", { clusterIP: taken.clusterIP });
  expect(again.body.message).toContain("provided IP is already allocated");
  const port = await service("third", { type: "NodePort", ports: [{ port: 80, nodePort: taken.ports[0]?.nodePort }] });
  expect(port.body.message).toContain("provided port is already allocated");
  await server.call("DELETE", "/api/v1/namespaces/shop/services/first");
  expect((await service("second", { clusterIP: taken.clusterIP })).status).toBe(201);
});

test("metrics count what deciders refused by rule, and what is known of images", async () => {
  const refusals = async (rule: string): Promise<number> => {
    const { text } = await server.call("GET", "/metrics");
    return Number(
      new RegExp(`^bulkhead_admission_refusals_total\\{[^}]*rule="${rule}"\\} (\\d+)$`, "m").exec(text)?.[1] ?? 0,
    );
  };
  const before = await refusals("trust");
  expect((await create(pod("counted", "docker.io/library/nginx"))).status).toBe(403);
  expect(await refusals("trust")).toBe(before + 1);
  const report = {
    apiVersion: "security.bulkhead.dev/v1alpha1",
    kind: "ImageReport",
    metadata: { name: digest.replace(":", "-") },
    report: { digest, images: ["registry.example/shop/web:1"], namespaces: ["shop"], sources: [], blindSpots: [] },
  };
  const made = await server.call("POST", "/apis/security.bulkhead.dev/v1alpha1/imagereports", { body: report });
  expect(made.status).toBe(201);
  expect((await server.call("GET", "/metrics")).text).toContain('bulkhead_images{state="waiting"} 1');
});
