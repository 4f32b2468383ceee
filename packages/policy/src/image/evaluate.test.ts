import type { Exception, ImageTrustPolicy, ImageTrustPolicySpec } from "@bulkhead/api";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { normaliseExceptions } from "../exception/exceptions.ts";
import type { Identity } from "../exception/subject.ts";
import { evaluateImage, evaluateImages } from "./evaluate.ts";
import { formatImageReference, ImageReferenceError, parseImageReference } from "./reference.ts";
import { normaliseImages } from "./rule-set.ts";
import { parseTrust, repositoryMatches } from "./trust.ts";

const digest = `sha256:${"a".repeat(64)}`;

describe("references", () => {
  test.each([
    ["nginx", "docker.io/library/nginx:latest"],
    ["nginx:1.27", "docker.io/library/nginx:1.27"],
    ["bitnami/redis", "docker.io/bitnami/redis:latest"],
    ["docker.io/nginx", "docker.io/library/nginx:latest"],
    ["index.docker.io/bitnami/redis", "docker.io/bitnami/redis:latest"],
    ["localhost/app", "localhost/app:latest"],
    ["localhost:5000/app:v1", "localhost:5000/app:v1"],
    ["127.0.0.1:5000/shop/web", "127.0.0.1:5000/shop/web:latest"],
    ["[fd00::1]:5000/a/b:c", "[fd00::1]:5000/a/b:c"],
    ["Registry.Example.com/a", "registry.example.com/a:latest"],
    [`ghcr.io/a/b@${digest}`, `ghcr.io/a/b@${digest}`],
    [`ghcr.io/a/b:v1@${digest}`, `ghcr.io/a/b:v1@${digest}`],
    ["a.b/c__d/e--f:A_b.C-1", "a.b/c__d/e--f:A_b.C-1"],
  ])("%s is %s", (text, expected) => {
    expect(formatImageReference(parseImageReference(text))).toBe(expected);
  });

  test.each([
    ["", "empty"],
    ["a".repeat(513), "too-long"],
    ["nginx ", "characters"],
    ["ngi\nnx", "characters"],
    ["ngінx", "characters"],
    ["NGINX", "repository"],
    ["Shop/web", "repository"],
    ["docker.io/", "repository"],
    ["/nginx", "repository"],
    ["a//b", "repository"],
    ["a/../b", "repository"],
    ["a/-b", "repository"],
    ["a.b/c___d", "repository"],
    ["nginx:", "tag"],
    ["nginx:-x", "tag"],
    [`nginx:${"t".repeat(129)}`, "tag"],
    ["nginx@", "digest"],
    ["nginx@sha256:abc", "digest"],
    [`nginx@sha256:${"A".repeat(64)}`, "digest"],
    [`nginx@md5:${"a".repeat(32)}`, "digest"],
    [`nginx@constructor:${"a".repeat(64)}`, "digest"],
    [`nginx@${digest}@${digest}`, "digest"],
    ["a:b:c/d", "registry"],
    ["host:0/a", "registry"],
    ["host:99999/a", "registry"],
    ["-bad.example/a", "registry"],
    ["https://docker.io/a", "registry"],
    ["user@host/a", "digest"],
    ["[::g]/a", "registry"],
  ])("%s is none: %s", (text, code) => {
    expect(() => parseImageReference(text)).toThrow(expect.objectContaining({ name: "ImageReferenceError", code }));
  });

  test("property: any text either is refused by its error class or reads back as itself", () => {
    const noise = fc.oneof(fc.string({ maxLength: 60 }), fc.stringMatching(/^[a-zA-Z0-9._:@/[\]-]{0,80}$/));
    fc.assert(
      fc.property(noise, (text) => {
        try {
          const reference = parseImageReference(text);
          expect(parseImageReference(formatImageReference(reference))).toEqual(reference);
        } catch (error) {
          expect(error).toBeInstanceOf(ImageReferenceError);
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe("patterns", () => {
  test.each([
    ["shop/web", "shop/web", true],
    ["shop/web", "shop/web2", false],
    ["shop/web", "shop/web/x", false],
    ["shop/*", "shop/web", true],
    ["shop/*", "shop/a/b", true],
    ["shop/*", "shop", false],
    ["shop/*", "shopping/web", false],
    ["*", "anything/at/all", true],
  ])("%s, %s: %s", (pattern, repository, expected) => {
    expect(repositoryMatches(pattern, repository)).toBe(expected);
  });

  test.each([
    ["registry.example/shop/*", { registry: "registry.example", repositories: ["shop/*"] }],
    ["Registry.example:5000", { registry: "registry.example:5000", repositories: ["*"] }],
    ["*", { registry: "*", repositories: ["*"] }],
    ["registry.example/a b", undefined],
    ["https://registry.example/a", undefined],
  ])("--trust %s", (text, expected) => {
    expect(parseTrust(text)).toEqual(expected);
  });
});

const now = Date.parse("2026-11-21T12:00:00Z");
const identity: Identity = {
  namespace: "shop",
  subjects: [
    { kind: "Deployment", name: "web" },
    { kind: "Namespace", name: "shop" },
  ],
};

const policy = (name: string, spec: ImageTrustPolicySpec): ImageTrustPolicy => ({
  apiVersion: "security.bulkhead.dev/v1alpha1",
  kind: "ImageTrustPolicy",
  metadata: { name },
  spec,
});

const makeException = (value: string | undefined, rule = "trust"): Exception => ({
  apiVersion: "security.bulkhead.dev/v1alpha1",
  kind: "Exception",
  metadata: { namespace: "shop", name: "e" },
  spec: {
    decider: "image",
    rule,
    subject: { kind: "Deployment", name: "web" },
    ...(value === undefined ? {} : { value }),
    reason: "r",
    author: "a",
    expires: "2026-11-28T12:00:00Z",
  },
});

const rulesOf = (policies: ImageTrustPolicy[], exceptions: Exception[] = []) =>
  normaliseImages({
    policies,
    namespaces: [{ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", labels: { team: "a" } } }],
    exceptions: normaliseExceptions(exceptions, now),
  });

const ask = (rules: ReturnType<typeof rulesOf>, image: string) =>
  evaluateImage(rules, { image, identity, field: "spec.containers[0].image" });

describe("trust", () => {
  const own = policy("own", { allow: [{ registry: "registry.example:5000", repositories: ["shop/*"] }] });

  test("no policy: nothing may run, and the command says what would", () => {
    expect(ask(rulesOf([]), "nginx")).toEqual({
      decision: "deny",
      lifted: [],
      audited: [],
      because: [
        {
          field: "spec.containers[0].image",
          rule: "trust",
          says: "docker.io/library/nginx may not run: there is no ImageTrustPolicy, so no image may",
          passing: "[{registry: docker.io, repositories: [library/nginx]}]",
          command:
            'bulkhead allow image trust --for deployment/web -n shop --value docker.io/library/nginx --reason "…"',
        },
      ],
    });
  });

  test.each([
    ["registry.example:5000/shop/web:1", "allow"],
    [`REGISTRY.example:5000/shop/web@${digest}`, "allow"],
    ["registry.example/shop/web:1", "deny"],
    ["registry.example:5000/other/web:1", "deny"],
    ["nginx", "deny"],
    ["not an image", "deny"],
    ["", "deny"],
  ])("%s: %s", (image, expected) => {
    expect(ask(rulesOf([own]), image).decision).toBe(expected);
  });

  test("a policy speaks for the namespaces that it selects", () => {
    const only = (namespaceSelector: ImageTrustPolicySpec["namespaceSelector"]) =>
      rulesOf([policy("p", { ...own.spec, namespaceSelector })]);
    const image = "registry.example:5000/shop/web";
    expect(ask(only({ matchLabels: { team: "a" } }), image).decision).toBe("allow");
    expect(ask(only({ matchLabels: { team: "b" } }), image).because[0]?.says).toContain(
      "no ImageTrustPolicy speaks for Namespace shop",
    );
    expect(ask(only({ matchLabels: { "kubernetes.io/metadata.name": "shop" } }), image).decision).toBe("allow");
    expect(ask(only({ matchExpressions: [{ key: "team", operator: "Like", values: ["a"] }] }), image).decision).toBe(
      "deny",
    );
  });

  test("a policy without a spec, as a hostile client might store one, trusts nothing", () => {
    const broken = { ...own, spec: undefined } as unknown as ImageTrustPolicy;
    expect(ask(rulesOf([broken]), "nginx").decision).toBe("deny");
  });

  test("what any enforcing policy lists may run", () => {
    const both = rulesOf([own, policy("hub", { allow: [{ registry: "docker.io", repositories: ["library/*"] }] })]);
    expect(ask(both, "nginx").because[0]).toMatchObject({ object: { name: "hub" }, field: "spec.allow[0]" });
    expect(ask(both, "bitnami/redis").because[0]?.says).toContain("hub and 1 more trusts in Namespace shop");
  });

  test("Warn lets it run and tells, unless a policy enforces", () => {
    const trial = policy("trial", { ...own.spec, mode: "Warn" });
    expect(ask(rulesOf([trial]), "nginx")).toMatchObject({
      decision: "warn",
      because: [{ says: expect.stringContaining("would not run") }],
    });
    expect(ask(rulesOf([trial]), "registry.example:5000/shop/web").decision).toBe("allow");
    expect(ask(rulesOf([policy("strict", { allow: [] }), trial]), "registry.example:5000/shop/web").decision).toBe(
      "deny",
    );
  });

  test.each([
    [undefined, "nginx:1", "allow"],
    ["docker.io/library/nginx", "nginx:1", "allow"],
    ["docker.io/library/nginx", `nginx@${digest}`, "allow"],
    ["nginx:1", "nginx:1", "allow"],
    ["nginx:1", "nginx:2", "deny"],
    ["nginx:1", `nginx:1@${digest}`, "allow"],
    ["nginx:1", `nginx@${digest}`, "deny"],
    [`nginx@${digest}`, `nginx:1@${digest}`, "allow"],
    ["localhost:5000/nginx", "localhost:5000/nginx:2", "allow"],
    ["nginx", "bitnami/nginx", "deny"],
    ["no image", "nginx:1", "deny"],
  ])("an exception for %s lets %s: %s", (value, image, expected) => {
    expect(ask(rulesOf([own], [makeException(value)]), image).decision).toBe(expected);
  });

  test("an exception from another rule lets nothing", () => {
    expect(ask(rulesOf([own], [makeException(undefined, "reference")]), "nginx").decision).toBe("deny");
  });
});

test("all images of a pod are judged: init, ephemeral, image volumes", () => {
  const rules = rulesOf([policy("own", { allow: [{ registry: "ok.example", repositories: ["*"] }] })]);
  const verdict = evaluateImages(
    rules,
    {
      initContainers: [{ name: "i", image: "bad.example/i" }],
      containers: [{ name: "c", image: "ok.example/c" }, { name: "none" }],
      ephemeralContainers: [{ name: "e", image: "bad.example/e" }],
      volumes: [{ name: "v", image: { reference: "bad.example/v" } }],
    },
    identity,
  );
  expect(verdict.decision).toBe("deny");
  expect(verdict.because.map((b) => b.field)).toEqual([
    "spec.initContainers[0].image",
    "spec.containers[1].image",
    "spec.ephemeralContainers[0].image",
    "spec.volumes[0].image.reference",
  ]);
});
