import type { ImageTrustPolicy, Log } from "@bulkhead/api";
import { vexNeeds } from "@bulkhead/policy";
import { expect, test } from "vitest";
import { createImageNews } from "./image-news.ts";
import { type AskedBeside, createImageVex } from "./image-vex.ts";
import { readJobVex } from "./job-vex.ts";
import { WorkerError } from "./run-worker.ts";

const digest = `sha256:${"a".repeat(64)}`;
const image = { digest, names: ["registry.example/shop/web:1"], namespaces: ["shop"] };
const policy = (status: "NotAffected" | "Affected"): ImageTrustPolicy => ({
  apiVersion: "security.bulkhead.dev/v1alpha1",
  kind: "ImageTrustPolicy",
  metadata: { name: "p" },
  spec: { allow: [], vulnerabilities: { vex: [{ vulnerability: "CVE-1", status, statement: "why" }] } },
});

const log: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** One unsigned OpenVEX document beside the image, as a worker answers it. */
function asked(): AskedBeside {
  const document = {
    "@context": "https://openvex.dev/ns/v0.2.0",
    author: "vendor",
    statements: [{ vulnerability: { name: "CVE-2" }, status: "fixed" }],
  };
  const base64 = Buffer.from(JSON.stringify(document)).toString("base64");
  const carried = [{ as: "document", manifest: `sha256:${"b".repeat(64)}`, annotations: {}, base64 }];
  const whole = Buffer.from(JSON.stringify({ digest, carried, failures: [] }));
  return { whole, carried: 1, unanswered: false };
}

test("what is said is looked for seldom, handed on and kept, and read anew with the policies as they are", async () => {
  let now = 0;
  let status: "NotAffected" | "Affected" = "NotAffected";
  const questions: object[] = [];
  const source = createImageVex({
    policies: () => [policy(status)],
    ask: async (question) => {
      questions.push(question);
      return asked();
    },
    now: () => now,
    log,
  });
  expect(source.stamp(image)).toMatch(/ due$/);
  const first = await source.job(image);
  expect(questions).toEqual([{ registry: "registry.example", repository: "shop/web", digest }]);
  expect(first.vex).toMatchObject({ repository: "registry.example/shop/web", beside: "collected" });
  const before = source.stamp(image);
  const read = await readJobVex(first.vex, first.beside, undefined, { digest });
  expect(read.options.statements.map((s) => [s.author, s.origin])).toEqual([
    ["ImageTrustPolicy/p", "policy"],
    ["unverified: vendor", "image"],
  ]);
  expect(read.stored?.documents).toMatchObject([{ author: "unverified: vendor", statements: 1 }]);

  status = "Affected";
  expect(source.stamp(image)).not.toBe(before);
  const second = await source.job(image);
  expect([questions.length, second.vex.beside, second.beside]).toEqual([1, undefined, undefined]);
  const again = await readJobVex(second.vex, undefined, read.stored, { digest });
  expect(again.options.statements.map((s) => [s.author, s.status])).toEqual([
    ["ImageTrustPolicy/p", "affected"],
    ["unverified: vendor", "fixed"],
  ]);
  // Without a job's word, what was kept stays kept and counts for nothing.
  expect(await readJobVex(undefined, undefined, read.stored, { digest })).toMatchObject({
    options: { statements: [] },
    stored: read.stored,
  });
  now += 7 * 3_600_000;
  expect(source.stamp(image)).toMatch(/ due$/);
});

test.each([
  ["that does not answer", async () => ({ ...asked(), carried: 0, unanswered: true })],
  [
    "that cannot be asked",
    async () => {
      throw new Error("no token");
    },
  ],
])("a registry %s takes nothing away, and is asked again soon", async (_, ask) => {
  let now = 0;
  const source = createImageVex({ policies: () => [], ask, now: () => now, log });
  const { vex, beside } = await source.job(image);
  expect([vex.beside, beside]).toEqual([undefined, undefined]);
  expect(source.stamp(image)).not.toMatch(/due/);
  now += 11 * 60_000;
  expect(source.stamp(image)).toMatch(/due/);
});

test("where its reader crashed or hung, what lies beside an image is unknown, and said until it is read", async () => {
  let now = 0;
  let broken = true;
  const said: string[] = [];
  const source = createImageVex({
    policies: () => [],
    ask: async () => {
      if (broken) throw new WorkerError("it took longer than 1 s");
      return asked();
    },
    now: () => now,
    log: { ...log, warn: (fields) => said.push(JSON.stringify(fields)) },
  });
  const first = await source.job(image);
  expect(said).toEqual([expect.stringContaining("longer than 1 s")]);
  expect(first).toMatchObject({ vex: { beside: "unread" } });
  const before = (await readJobVex({ needs: vexNeeds([], []) }, asked().whole, undefined, { digest })).stored;
  const read = await readJobVex(first.vex, undefined, before, { digest });
  // What was known before holds, and that there may be more is said.
  expect(read.options.statements.map((s) => s.author)).toEqual(["unverified: vendor"]);
  expect(read.stored).toMatchObject({ unread: true, failures: [{ reason: "unread" }] });
  // Nobody's word there counts: nothing that is decided depends on it.
  expect(read.unknown).toBe(false);
  const signer = { name: "vendor", key: { publicKey: "-----BEGIN PUBLIC KEY-----" } };
  const trusting: ImageTrustPolicy = {
    ...policy("NotAffected"),
    spec: { allow: [{ registry: "*", repositories: ["*"] }], vulnerabilities: { vexSigners: [signer] } },
  };
  const needs = vexNeeds([trusting], image.names);
  expect(needs.signers).toHaveLength(1);
  const later = await readJobVex({ needs }, undefined, read.stored, { digest });
  expect(later).toMatchObject({ unknown: true, stored: { unread: true } });

  now += 11 * 60_000;
  broken = false;
  expect(source.stamp(image)).toMatch(/ due$/);
  const second = await source.job(image);
  expect(await readJobVex(second.vex, second.beside, later.stored, { digest })).toMatchObject({
    unknown: false,
    stored: { documents: [{ statements: 1 }], failures: [] },
  });
});

test("news of an image are what is said of it and what of it is loaded", async () => {
  const vex = createImageVex({ policies: () => [], ask: async () => asked(), now: () => 0, log });
  let files: readonly string[] | undefined;
  const news = createImageNews(vex, {
    stamp: () => files?.join() ?? "",
    job: () => (files === undefined ? undefined : { lookedAt: 1, files }),
  });
  const due = news.stamp(image);
  const told = await news.job(image);
  expect(told.told).not.toHaveProperty("inUse");
  expect(told.beside).toEqual(asked().whole);
  const after = news.stamp(image);
  expect(after).not.toBe(due);
  files = ["bin/web"];
  expect(news.stamp(image)).not.toBe(after);
  expect(await news.job(image)).toMatchObject({
    told: { inUse: { files: ["bin/web"] }, vex: { needs: { said: [] } } },
  });
  news.forget(digest);
  files = undefined;
  expect(news.stamp(image)).toBe(due);
});
