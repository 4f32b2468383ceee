import type { UpdatePolicy } from "@bulkhead/api";
import { expect, it } from "vitest";
import { withMarks } from "../commands/update.ts";
import { historyOf, planOf } from "./update-report.ts";
import { historyText, planText, shortImage } from "./update-text.ts";

const digest = `sha256:${"a".repeat(64)}`;
const candidate = {
  image: `r.example/web:1.1.0@${digest}`,
  tag: "1.1.0",
  digest,
  firstSeen: "2026-11-20T12:00:00Z",
  summary: "fixes CVE-1",
};
const policy = (status: UpdatePolicy["status"]): UpdatePolicy => ({
  apiVersion: "security.bulkhead.dev/v1alpha1",
  kind: "UpdatePolicy",
  metadata: { namespace: "shop", name: "web" },
  spec: { tags: { semver: "^1" } },
  ...(status === undefined ? {} : { status }),
});
const followed = { kind: "Deployment", name: "web", container: "web", image: "r.example/web:1.0.0" };

it("a row a container, with what a person may do", () => {
  const plan = planOf([
    policy({ workloads: [{ ...followed, reason: "ApprovalWanted", message: "1.1.0 waits", candidate }] }),
  ]);
  expect(plan.updates[0]).toMatchObject({
    workload: "Deployment/web",
    reason: "ApprovalWanted",
    command: "bulkhead update apply web -n shop",
  });
  const text = planText(plan);
  for (const said of [
    "shop/web",
    "Deployment/web (web)",
    "1.0.0",
    "1.1.0",
    "ApprovalWanted",
    "fixes CVE-1",
    "bulkhead update apply web",
  ])
    expect(text).toContain(said);
});

it("what was said of a candidate is not said twice", () => {
  const message = "1.1.0: it is unsigned";
  const plan = planOf([
    policy({
      workloads: [{ ...followed, reason: "Unsigned", message, candidate: { ...candidate, summary: "it is unsigned" } }],
    }),
  ]);
  expect(planText(plan).split("it is unsigned")).toHaveLength(2);
});

it("what is under way shows its phase; what nobody looked at says so; what objects say steers no terminal", () => {
  const at = "2026-11-20T12:00:00Z";
  const rollout = {
    ...followed,
    uid: "u",
    from: { image: followed.image, restore: followed.image },
    to: candidate,
    phase: "FirstSoak",
    since: at,
    started: at,
  } as const;
  const plan = planOf([policy({ rollout, workloads: [{ ...followed, reason: "RollingOut", message: "\u001b[2Jx" }] })]);
  expect(plan.updates[0]).toMatchObject({ phase: "FirstSoak", candidate });
  expect(planText(plan)).toContain("RollingOut (FirstSoak)");
  expect(planText(plan)).not.toContain("\u001b[2J");
  expect(planOf([policy(undefined)]).updates[0]).toMatchObject({ reason: "NotChecked" });
  expect(planText({ updates: [] })).toMatch(/No UpdatePolicy/);
});

it("history has the newest first, and what failed", () => {
  const record = (ended: string) => ({
    workload: "Deployment/web",
    container: "web",
    from: "r.example/web:1.0.0",
    to: candidate.image,
    outcome: "RolledBack" as const,
    message: "it crashed",
    started: ended,
    ended,
  });
  const bad = {
    repository: "r.example/web",
    digest,
    tag: "1.1.0",
    reason: "it crashed",
    workload: "Deployment/web",
    since: "2026-11-20T12:00:00Z",
  };
  const history = historyOf([
    policy({ history: [record("2026-11-19T00:00:00Z"), record("2026-11-20T00:00:00Z")], bad: [bad] }),
  ]);
  expect(history.records.map(({ ended }) => ended)).toEqual(["2026-11-20T00:00:00Z", "2026-11-19T00:00:00Z"]);
  for (const said of ["1.0.0 → 1.1.0", "RolledBack", "it crashed", "bulkhead update retry"])
    expect(historyText(history)).toContain(said);
});

it("images in short", () => {
  expect(shortImage(candidate.image)).toBe("1.1.0");
  expect(shortImage(`r.example:5000/web@${digest}`)).toBe("sha256:aaaaaaaaaaaa");
  expect(shortImage("r.example:5000/web")).toBe("r.example:5000/web");
});

it("a mark replaces an older one of its digest", () => {
  expect(withMarks(undefined, ["sha256:a"], "T1")).toBe("sha256:a=T1");
  expect(withMarks("sha256:a=T1 sha256:b=T1", ["sha256:a"], "T2")).toBe("sha256:b=T1 sha256:a=T2");
});
