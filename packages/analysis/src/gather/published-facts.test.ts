import type { PostureFacts } from "@bulkhead/api";
import { expect, test } from "vitest";
import type { NodeFacts } from "../snapshot/facts.ts";
import { factsKinds, kinds } from "../snapshot/kinds.ts";
import { factsToPublish, toldFacts } from "./published-facts.ts";

const now = Date.parse("2026-11-22T12:00:00Z");
const node: NodeFacts = {
  apiVersion: "facts.bulkhead.dev/v1",
  kind: "NodeFacts",
  metadata: { name: "vm" },
  facts: { apparmor: { value: true, where: "/sys/module/apparmor" } },
};
const published = (told: PostureFacts["told"]): PostureFacts => ({
  apiVersion: "security.bulkhead.dev/v1alpha1",
  kind: "PostureFacts",
  metadata: { name: "vm" },
  told,
});

test("what is published is read back as it was gathered, with every other kind named as not known", () => {
  const unread = [{ kind: kinds.backupFacts.key, why: "there is no backup" }];
  const told = factsToPublish({ objects: [node], unread }, new Date(now).toISOString());
  const back = toldFacts([published(told)], now + 60_000);
  expect(back.objects).toEqual([node]);
  expect(back.unread.find(({ kind }) => kind === kinds.backupFacts.key)).toEqual(unread[0]);
  expect(back.unread.map(({ kind }) => kind).toSorted()).toEqual(
    factsKinds
      .map(({ key }) => key)
      .filter((key) => key !== kinds.nodeFacts.key)
      .toSorted(),
  );
});

test.each([
  ["long ago", now - 4 * 3_600_000],
  ["of a time to come", now + 3_600_000],
  ["of no time", Number.NaN],
])("what was told %s is not known, and no object stands for it", (_, at) => {
  const told = factsToPublish({ objects: [node], unread: [] }, Number.isNaN(at) ? "soon" : new Date(at).toISOString());
  const { objects, unread } = toldFacts([published(told)], now);
  expect(objects).toEqual([]);
  expect(unread.map(({ kind }) => kind)).toEqual(factsKinds.map(({ key }) => key));
});
