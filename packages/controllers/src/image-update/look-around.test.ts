import type { Deployment, UpdatePolicy } from "@bulkhead/api";
import { formatImageReference, parseImageReference } from "@bulkhead/policy";
import { expect, test } from "vitest";
import { lookAt } from "./look-around.ts";
import type { Judgement, PatchOffer } from "./ports.ts";
import { readPolicy } from "./read-policy.ts";

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const now = Date.parse("2026-11-20T12:00:00Z");
const deployment: Deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "shop" },
  spec: {
    selector: { matchLabels: {} },
    template: { metadata: {}, spec: { containers: [{ name: "web", image: "r.example/web:1" }] } },
  },
};
const good: Judgement = { verdict: "good", says: "", findings: { after: 0 }, fixes: [], security: true };
const patched = parseImageReference(`r.example/web:1-patched.${"a".repeat(12)}.bbbbbbbb@${digest("c")}`);
const offered: PatchOffer = { kind: "offered", image: patched, says: "patched: libssl3" };

/** What is found where these tags are at the registry, with what a judge says of them and a patcher of what runs. */
async function look(more: {
  readonly tags?: Readonly<Record<string, string>>;
  readonly running?: string;
  readonly tag?: string;
  readonly patching?: "Never" | "WhenNoTag";
  readonly patch?: PatchOffer;
  readonly judgement?: Judgement;
  readonly image?: string;
  readonly listed?: string;
}) {
  const { tags = { "1": digest("a") }, running = digest("a"), tag = "1", patch = offered } = more;
  const policy: UpdatePolicy = {
    apiVersion: "security.bulkhead.dev/v1alpha1",
    kind: "UpdatePolicy",
    metadata: { name: "p", namespace: "shop" },
    spec: { tags: { prefix: "", order: "Alphabetical" }, patching: more.patching ?? "WhenNoTag" },
  };
  const read = readPolicy(policy);
  if ("problem" in read) throw new Error(read.problem);
  const judged: string[] = [];
  const asked: string[] = [];
  const where: string[] = [];
  const found = await lookAt({
    policy: read,
    workload: { kind: "Deployment", object: deployment },
    container: "web",
    image: parseImageReference(more.image ?? `r.example/web:${tag}`),
    running,
    status: {},
    seenAt: () => now,
    ports: {
      tags: {
        tags: async ({ registry, repository }) => {
          where.push(`${registry}/${repository}`);
          return Object.keys(tags);
        },
        digest: async (image) => tags[image.tag ?? ""] ?? "",
      },
      judge: {
        judge: async ({ candidate }) => {
          judged.push(formatImageReference(candidate));
          return more.judgement ?? good;
        },
        listed: (_, { registry }) => more.listed === undefined || registry === more.listed,
        renew: () => undefined,
        onChange: () => undefined,
      },
      patches: {
        offer: async (question) => {
          asked.push(formatImageReference(question.running));
          return patch;
        },
        onChange: () => undefined,
      },
    },
  });
  return { found, judged, asked, where };
}

test("where no tag is newer, a patched image of what runs is judged and offered", async () => {
  const { found, judged, asked } = await look({});
  expect(asked).toEqual([`r.example/web:1@${digest("a")}`]);
  expect(judged).toEqual([formatImageReference(patched)]);
  expect(found).toMatchObject({
    kind: "offers",
    offers: [{ digest: digest("c"), patch: "patched: libssl3", judgement: good }],
  });
});

test("a tag that may be taken goes before a patch; one that may not does not", async () => {
  const tags = { "1": digest("a"), "2": digest("d") };
  expect((await look({ tags })).asked).toEqual([]);
  const worse = await look({ tags, judgement: { verdict: "worse", says: "" } });
  expect(worse.found).toMatchObject({ kind: "offers", offers: [{ tag: "2" }, { digest: digest("c") }] });
});

test("nothing is patched where the policy does not say so", async () => {
  expect((await look({ patching: "Never" })).asked).toEqual([]);
});

test("what is being built, or cannot be, is said", async () => {
  expect((await look({ patch: { kind: "pending", says: "soon" } })).found).toEqual({
    kind: "offers",
    offers: [],
    patch: { pending: true, says: "soon" },
  });
  expect((await look({ patch: { kind: "none", says: "no" } })).found).toMatchObject({
    patch: { pending: false, says: "no" },
  });
});

test("neither a patched image's base nor another patched image is newer than it", async () => {
  const tag = patched.tag ?? "";
  const tags = { "1": digest("a"), [tag]: digest("c"), [`1-patched.${"a".repeat(12)}.cccccccc`]: digest("e") };
  const { found } = await look({ tags, tag, running: digest("c"), patch: { kind: "none", says: "nothing" } });
  expect(found).toEqual({ kind: "offers", offers: [], patch: { pending: false, says: "nothing" } });
  const moved = await look({ tags: { ...tags, "2": digest("f") }, tag, running: digest("c") });
  expect(moved.judged).toEqual([`r.example/web:2@${digest("f")}`]);
});

test("newer tags of what was patched are looked for where it came from, and only where a policy lists that too", async () => {
  const tags = { "1": digest("a"), "2": digest("f") };
  const image = `own.example/shop/patched/r.example/web:${patched.tag ?? ""}`;
  const moved = await look({ tags, image, running: digest("c") });
  expect([moved.where, moved.judged]).toEqual([["r.example/web"], [`r.example/web:2@${digest("f")}`]]);
  expect(moved.found).toMatchObject({ offers: [{ tag: "2", image: { registry: "r.example", repository: "web" } }] });
  const elsewhere = await look({ tags, image, running: digest("c"), listed: "own.example" });
  expect([elsewhere.where, elsewhere.found]).toMatchObject([
    [],
    { kind: "unlisted", image: { registry: "r.example" } },
  ]);
});
