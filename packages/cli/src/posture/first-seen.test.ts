import { type OpenReport, StatusError, type StatusReason } from "@bulkhead/api";
import type { Client, Resource } from "@bulkhead/client";
import { expect, test } from "vitest";
import { firstSeen } from "./first-seen.ts";

const report = (name: string, ids: readonly string[]): OpenReport => ({
  apiVersion: "openreports.io/v1alpha1",
  kind: "Report",
  metadata: { name },
  results: ids.map((finding, i) => ({
    policy: "p",
    timestamp: { seconds: 100 + i, nanos: 0 },
    properties: { finding },
  })),
});

/** Answers lists by the resource's name: with items, or a refusal. */
const clientOf = (answers: Readonly<Record<string, readonly OpenReport[] | StatusReason>>): Client =>
  ({
    list: ({ resource }: Resource) => {
      const answer = answers[resource] ?? [];
      return typeof answer === "string"
        ? Promise.reject(new StatusError({ reason: answer, message: `${resource}: ${answer}` }))
        : Promise.resolve({ items: answer, metadata: {} });
    },
  }) as unknown as Client;

async function seen(answers: Parameters<typeof clientOf>[0]): Promise<[unknown, readonly string[]]> {
  const notes: string[] = [];
  const found = await firstSeen({ client: clientOf(answers) }, notes);
  return [found && Object.fromEntries(found), notes];
}

test("of namespaces and of what is in none; others' reports are others'", async () => {
  expect(
    await seen({
      reports: [report("bulkhead-posture", ["a", "b"]), report("trivy", ["x"])],
      clusterreports: [report("bulkhead-posture", ["c"])],
    }),
  ).toEqual([{ a: 100_000, b: 101_000, c: 100_000 }, []]);
});

test("nobody wrote it down, it is not served, or it may not be read: each is said", async () => {
  const none = [undefined, ["Since when findings are there: no posture controller has written it down."]];
  expect(await seen({ reports: [report("trivy", ["x"])] })).toEqual(none);
  expect(await seen({ reports: "NotFound", clusterreports: "NotFound" })).toEqual(none);
  expect(await seen({ reports: "Forbidden", clusterreports: "NotFound" })).toEqual([
    undefined,
    ["Since when findings are there: reports: Forbidden."],
  ]);
  expect(await seen({ reports: [report("bulkhead-posture", ["a"])], clusterreports: "Forbidden" })).toEqual([
    { a: 100_000 },
    ["Since when findings are there: clusterreports: Forbidden."],
  ]);
  await expect(seen({ reports: "ServiceUnavailable" })).rejects.toThrow("ServiceUnavailable");
});
