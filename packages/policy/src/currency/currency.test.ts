import type { CurrencyApproval, CurrencyPolicy, CurrencyPolicySpec, HeldPart } from "@bulkhead/api";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type CurrencyQuestion, evaluateCurrency } from "./currency.ts";
import { type CurrencyObjects, compileCurrency } from "./rule-set.ts";

const hour = 3_600_000;
/** A Sunday. */
const now = Date.UTC(2026, 10, 22, 12);
const iso = (at: number): string => new Date(at).toISOString().replace(".000Z", "Z");

const policy = (spec: CurrencyPolicySpec, name = "p"): CurrencyPolicy => ({
  apiVersion: "security.bulkhead.dev/v1alpha1",
  kind: "CurrencyPolicy",
  metadata: { name },
  spec,
});
const approval = (expires: string, more: Partial<CurrencyApproval["spec"]> = {}): CurrencyApproval => ({
  apiVersion: "security.bulkhead.dev/v1alpha1",
  kind: "CurrencyApproval",
  metadata: { name: "a" },
  spec: { part: "runc", version: "1.4", author: "anna", expires, ...more },
});
const hold = (until: string): HeldPart => ({ part: "runc", reason: "audit", by: "root", since: iso(0), until });

const ordinary: CurrencyQuestion = { part: "runc", to: "1.4", security: [], since: 0 };
const fix: CurrencyQuestion = { ...ordinary, security: ["CVE-2026-1"], since: now };
const ask = (objects: Partial<CurrencyObjects>, question: CurrencyQuestion = ordinary, at = now) =>
  evaluateCurrency(compileCurrency({ policies: [], approvals: [], holds: [], failed: [], ...objects }), question, at);

test("without a policy a person may, and nothing is done by itself; a policy for other parts says nothing", () => {
  expect(ask({})).toMatchObject({ decision: "now", action: "Report", because: [{ rule: "no-policy" }] });
  expect(ask({ policies: [policy({ parts: ["containerd"], action: "Apply", approval: "All" })] })).toMatchObject({
    decision: "now",
    action: "Report",
  });
});

test("for Bulkhead itself speaks only a policy that names it; approvals, holds and failures are its own", () => {
  const release: CurrencyQuestion = { ...ordinary, part: "bulkhead", to: "0.2.0" };
  expect(ask({ policies: [policy({ action: "Apply", approval: "All" })] }, release)).toMatchObject({
    decision: "now",
    action: "Report",
    because: [{ rule: "no-policy", command: "bulkhead current apply --bulkhead 0.2.0" }],
    policies: [],
  });
  const policies = [policy({ parts: ["bulkhead"], action: "Apply", approval: "Ordinary" }, "nights")];
  expect(ask({ policies }, release)).toMatchObject({
    decision: "needs-approval",
    because: [{ command: "bulkhead current approve bulkhead --version 0.2.0" }],
  });
  const approvals = [approval(iso(now + 1000), { part: "bulkhead", version: "0.2.0" })];
  expect(ask({ policies, approvals }, release)).toMatchObject({
    decision: "now",
    action: "Apply",
    policies: ["nights"],
    approvedBy: ["anna"],
  });
  expect(ask({ policies }, { ...release, security: ["CVE-2026-1"] })).toMatchObject({
    decision: "now",
    approvedBy: [],
  });
  const holds = [{ ...hold(iso(now + hour)), part: "bulkhead" }];
  expect(ask({ policies, approvals, holds }, release).decision).toBe("held");
  expect(ask({ holds }).decision).toBe("now");
  const failed = [{ part: "bulkhead", version: "0.2.0", at: iso(now), says: "not well" }];
  expect(ask({ policies, approvals, failed }, release)).toMatchObject({
    decision: "failed",
    because: [{ command: "bulkhead current apply --bulkhead 0.2.0" }],
  });
});

test("a cooldown counts from the first offer; its end inside no window waits for the next one", () => {
  const cooling = policy({ cooldown: "24h" });
  expect(ask({ policies: [cooling] }, { ...ordinary, since: now - 23 * hour })).toMatchObject({
    decision: "waits",
    until: now + hour,
    because: [{ field: "spec.cooldown", object: { name: "p" } }],
  });
  expect(ask({ policies: [cooling] }, { ...ordinary, since: now - 24 * hour }).decision).toBe("now");
  const night = policy({ cooldown: "24h", windows: [{ from: "22:00", to: "23:00" }] });
  expect(ask({ policies: [night] }, { ...ordinary, since: now - 23 * hour }).until).toBe(now + 10 * hour);
});

test("a window counts from its first minute to before its last", () => {
  const policies = [policy({ windows: [{ days: ["Sun"], from: "12:00", to: "13:00" }] })];
  expect(ask({ policies }, ordinary, now - 1)).toMatchObject({ decision: "waits", until: now });
  expect(ask({ policies }, ordinary, now).decision).toBe("now");
  expect(ask({ policies }, ordinary, now + hour - 1).decision).toBe("now");
  expect(ask({ policies }, ordinary, now + hour)).toMatchObject({ decision: "waits", until: now + 7 * 24 * hour });
});

test("an approval is for one version of one part, and not beyond its end", () => {
  const policies = [policy({ approval: "Ordinary" })];
  const wanted = ask({ policies });
  expect(wanted).toMatchObject({
    decision: "needs-approval",
    because: [{ field: "spec.approval", command: "bulkhead current approve runc --version 1.4" }],
  });
  expect(ask({ policies, approvals: [approval(iso(now + 1000))] }).decision).toBe("now");
  for (const other of [
    approval(iso(now)),
    approval("tomorrow"),
    approval(iso(now + 1000), { version: "1.5" }),
    approval(iso(now + 1000), { part: "containerd" }),
    approval(iso(now + 1000), { author: " " }),
  ])
    expect(ask({ policies, approvals: [other] }).decision).toBe("needs-approval");
  expect(ask({ policies }, fix).decision).toBe("now");
  expect(ask({ policies: [policy({ approval: "All" })] }, fix).decision).toBe("needs-approval");
});

test("a hold keeps what mends nothing, until its end; a policy can make fixes wait for it too", () => {
  const holds = [hold(iso(now + hour))];
  expect(ask({ holds })).toMatchObject({ decision: "held", until: now + hour, held: { reason: "audit" } });
  expect(ask({ holds: [hold(iso(now))] }).decision).toBe("now");
  expect(ask({ holds }, fix)).toMatchObject({ decision: "now", passedOver: { by: "root" } });
  expect(ask({ holds, policies: [policy({ exemptSecurityFixes: false, cooldown: "1h" })] }, fix).decision).toBe("held");
});

test("what failed is not tried again; a newer one is another", () => {
  const failed = [{ part: "runc", version: "1.4", at: iso(now), says: "no container ran" }];
  expect(ask({ failed }, fix)).toMatchObject({
    decision: "failed",
    because: [{ command: "bulkhead current apply" }],
  });
  expect(ask({ failed }, { ...fix, to: "1.5" }).decision).toBe("now");
});

test("of several policies the strictest counts, and it is done by itself only where all say so", () => {
  const apply = policy({ action: "Apply", cooldown: "1h" }, "a");
  const report = policy({ cooldown: "1h", approval: "All" }, "b");
  expect(ask({ policies: [apply] })).toMatchObject({ decision: "now", action: "Apply" });
  expect(ask({ policies: [report, apply] })).toMatchObject({ decision: "needs-approval", action: "Report" });
});

test("a policy with a time zone that is none changes nothing", () => {
  const policies = [policy({ windows: [{ from: "00:00", to: "23:59", timeZone: "Nowhere/Land" }] })];
  const answer = ask({ policies }, fix);
  expect(answer).toMatchObject({ decision: "waits", because: [{ rule: "unreadable" }] });
  expect(answer.until).toBeUndefined();
});

const specs = fc.record(
  {
    parts: fc.constantFrom(["runc"], ["containerd"], ["runc", "containerd"]),
    windows: fc.array(
      fc.record({
        days: fc.subarray(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], { minLength: 1 }),
        from: fc.constantFrom("00:00", "03:15", "12:00", "23:59"),
        to: fc.constantFrom("00:00", "06:00", "12:00", "12:01"),
      }),
      { maxLength: 2 },
    ),
    cooldown: fc.constantFrom("1h", "72h", "14d"),
    approval: fc.constantFrom("None" as const, "Ordinary" as const),
    action: fc.constantFrom("Report" as const, "Apply" as const),
  },
  { requiredKeys: [] },
);
const policiesOf = fc.array(specs, { maxLength: 4 }).map((all) => all.map((spec, index) => policy(spec, `p${index}`)));
const moments = fc.integer({ min: now - 400 * hour, max: now + 400 * hour });

test("property: by default a security fix never waits, whatever windows, cooldowns and holds there are", () => {
  fc.assert(
    fc.property(policiesOf, moments, moments, fc.boolean(), (policies, at, since, held) => {
      const holds = held ? [hold(iso(at + hour))] : [];
      expect(ask({ policies, holds }, { ...fix, since }, at).decision).toBe("now");
    }),
  );
});

test("property: in the order of policies lies nothing; one more policy never makes it looser", () => {
  fc.assert(
    fc.property(policiesOf, specs, moments, moments, (policies, more, at, since) => {
      const question = { ...ordinary, since };
      const answer = ask({ policies }, question, at);
      expect(ask({ policies: policies.toReversed() }, question, at)).toEqual(answer);
      const after = ask({ policies: [...policies, policy(more, "z")] }, question, at);
      if (answer.decision !== "now") expect(after.decision).not.toBe("now");
      if (answer.action === "Report" && answer.because[0]?.rule !== "no-policy") expect(after.action).toBe("Report");
    }),
    { numRuns: 40 },
  );
});

test("property: what waits until a moment is not refused by window or cooldown at that moment, and is before it", () => {
  fc.assert(
    fc.property(specs, moments, moments, (spec, at, since) => {
      const policies = [policy({ ...spec, approval: "None" })];
      const question = { ...ordinary, since };
      const { decision, until } = ask({ policies }, question, at);
      if (decision !== "waits" || until === undefined) return;
      expect(until).toBeGreaterThan(at);
      expect(ask({ policies }, question, until).decision).toBe("now");
      expect(ask({ policies }, question, until - 1).decision).toBe("waits");
    }),
  );
});
