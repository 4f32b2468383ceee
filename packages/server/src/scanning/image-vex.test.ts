import { createHash } from "node:crypto";
import type { ImageTrustPolicy } from "@bulkhead/api";
import { RegistryError, type SignatureRegistry } from "@bulkhead/images";
import { expect, test } from "vitest";
import { createImageNews } from "./image-news.ts";
import { createImageVex } from "./image-vex.ts";
import { readJobVex } from "./job-vex.ts";

const digest = `sha256:${"a".repeat(64)}`;
const image = { digest, names: ["registry.example/shop/web:1"], namespaces: ["shop"] };
const policy = (status: "NotAffected" | "Affected"): ImageTrustPolicy => ({
  apiVersion: "security.bulkhead.dev/v1alpha1",
  kind: "ImageTrustPolicy",
  metadata: { name: "p" },
  spec: { allow: [], vulnerabilities: { vex: [{ vulnerability: "CVE-1", status, statement: "why" }] } },
});

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const sum = (bytes: Buffer): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** A registry with one unsigned OpenVEX document beside the image. */
function shelf(): SignatureRegistry {
  const document = json({
    "@context": "https://openvex.dev/ns/v0.2.0",
    author: "vendor",
    statements: [{ vulnerability: { name: "CVE-2" }, status: "fixed" }],
  });
  const type = "application/vnd.openvex+json";
  const manifest = json({
    artifactType: type,
    layers: [{ mediaType: type, digest: sum(document), size: document.length }],
    subject: { digest },
  });
  return {
    resolve: async (_, reference) => {
      if (reference !== sum(manifest)) throw new RegistryError("absent", "not there");
      return { digest: reference, mediaType: "", bytes: manifest };
    },
    blob: async () => document,
    referrers: async () => json({ manifests: [{ digest: sum(manifest), artifactType: type }] }),
  };
}

test("what is said is looked for seldom, handed on and kept, and read anew with the policies as they are", async () => {
  let now = 0;
  let status: "NotAffected" | "Affected" = "NotAffected";
  let asked = 0;
  const source = createImageVex({
    policies: () => [policy(status)],
    connect: async () => {
      asked++;
      return shelf();
    },
    now: () => now,
  });
  expect(source.stamp(image)).toMatch(/ due$/);
  const first = JSON.parse(JSON.stringify(await source.job(image))) as Awaited<ReturnType<typeof source.job>>;
  expect(first).toMatchObject({ repository: "registry.example/shop/web", collected: [{ digest }] });
  const before = source.stamp(image);
  const read = await readJobVex(first, undefined, { digest });
  expect(read.options.statements.map((s) => [s.author, s.origin])).toEqual([
    ["ImageTrustPolicy/p", "policy"],
    ["unverified: vendor", "image"],
  ]);
  expect(read.stored?.documents).toMatchObject([{ author: "unverified: vendor", statements: 1 }]);

  status = "Affected";
  expect(source.stamp(image)).not.toBe(before);
  const second = await source.job(image);
  expect([asked, second.collected]).toEqual([1, undefined]);
  const again = await readJobVex(second, read.stored, { digest });
  expect(again.options.statements.map((s) => [s.author, s.status])).toEqual([
    ["ImageTrustPolicy/p", "affected"],
    ["unverified: vendor", "fixed"],
  ]);
  // Without a job's word, what was kept stays kept and counts for nothing.
  expect(await readJobVex(undefined, read.stored, { digest })).toMatchObject({
    options: { statements: [] },
    stored: read.stored,
  });
  now += 7 * 3_600_000;
  expect(source.stamp(image)).toMatch(/ due$/);
});

test("a registry that does not answer takes nothing away, and is asked again soon", async () => {
  let now = 0;
  const source = createImageVex({
    policies: () => [],
    connect: async () => {
      throw new RegistryError("unreachable", "no");
    },
    now: () => now,
  });
  expect((await source.job(image)).collected).toBeUndefined();
  expect(source.stamp(image)).not.toMatch(/due/);
  now += 11 * 60_000;
  expect(source.stamp(image)).toMatch(/due/);
});

test("news of an image are what is said of it and what of it is loaded", async () => {
  const vex = createImageVex({ policies: () => [], connect: async () => shelf(), now: () => 0 });
  let files: readonly string[] | undefined;
  const news = createImageNews(vex, {
    stamp: () => files?.join() ?? "",
    job: () => (files === undefined ? undefined : { lookedAt: 1, files }),
  });
  const due = news.stamp(image);
  expect(await news.job(image)).not.toHaveProperty("inUse");
  const after = news.stamp(image);
  expect(after).not.toBe(due);
  files = ["bin/web"];
  expect(news.stamp(image)).not.toBe(after);
  expect(await news.job(image)).toMatchObject({ inUse: { files: ["bin/web"] }, vex: { needs: { said: [] } } });
  news.forget(digest);
  files = undefined;
  expect(news.stamp(image)).toBe(due);
});
