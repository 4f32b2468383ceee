import type { UpdatePolicy, UpdatePolicySpec } from "@bulkhead/api";
import { parseImageReference } from "@bulkhead/policy";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CandidateFacts, chooseCandidate, type Offer } from "./candidate.ts";
import type { Judgement } from "./ports.ts";
import { type ReadPolicy, readPolicy } from "./read-policy.ts";

const digest = (n: number): string => `sha256:${String(n).padStart(64, "0")}`;
const now = Date.parse("2026-11-20T12:00:00Z");
const hour = 3_600_000;

const policyOf = (spec: Partial<UpdatePolicySpec> = {}, annotations: Record<string, string> = {}): ReadPolicy => {
  const policy: UpdatePolicy = {
    apiVersion: "security.bulkhead.dev/v1alpha1",
    kind: "UpdatePolicy",
    metadata: { name: "p", namespace: "n", annotations },
    spec: { tags: { semver: "^1" }, ...spec },
  };
  const read = readPolicy(policy);
  if ("problem" in read) throw new Error(read.problem);
  return read;
};

const good = (security = false): Judgement => ({
  verdict: "good",
  says: "clean",
  findings: { before: 2, after: 1 },
  fixes: [{ id: "CVE-1", package: "zlib 1", severity: "high" }],
  security,
});
const offer = (n: number, judgement: Judgement | undefined = good(), age = 100 * hour): Offer => ({
  tag: `1.${n}.0`,
  digest: digest(n),
  firstSeen: now - age,
  image: parseImageReference(`r.example/web:1.${n}.0@${digest(n)}`),
  judgement,
});
const bad = (n: number, since = now - hour) => ({
  repository: "r.example/web",
  digest: digest(n),
  tag: `1.${n}.0`,
  reason: "it crashed",
  workload: "Deployment/web",
  since: new Date(since).toISOString(),
});
const facts = (offers: readonly Offer[], more: Partial<CandidateFacts> = {}): CandidateFacts => ({
  policy: policyOf(),
  now,
  image: parseImageReference("r.example/web:1.0.0"),
  running: digest(0),
  registry: { kind: "offers", offers },
  bad: [],
  owner: undefined,
  otherPolicy: undefined,
  heldUp: undefined,
  urgent: false,
  replicas: 2,
  ...more,
});

const says = (verdict: "pending" | "unknown" | "worse" | "refused" | "unsigned"): Judgement => ({
  verdict,
  says: "why",
});
const required = { approval: "Required" } as const;
const closed = { windows: [{ from: "01:00", to: "02:00" }] };

it.each<[string, CandidateFacts, string, string | undefined]>([
  ["the newest that is good", facts([offer(2), offer(1)]), "Ready", "1.2.0"],
  ["nothing newer", facts([]), "UpToDate", undefined],
  ["what runs already under another tag", facts([offer(0)]), "UpToDate", undefined],
  ["a failed registry", facts([], { registry: { kind: "failed", says: "down" } }), "RegistryFailed", undefined],
  [
    "an image that nobody lists",
    facts([], { registry: { kind: "unlisted", image: parseImageReference("r.example/web") } }),
    "Refused",
    undefined,
  ],
  ["no tag of the rule", facts([], { registry: { kind: "none-matches" } }), "NoMatchingTag", undefined],
  ["an unplaced current tag", facts([], { registry: { kind: "unknown-current" } }), "UnknownCurrent", undefined],
  ["another policy's", facts([offer(1)], { otherPolicy: "a" }), "FollowedByAnother", undefined],
  ["a paused policy", facts([offer(1)], { policy: policyOf({ paused: true }) }), "PolicyPaused", undefined],
  ["a bad one is passed over", facts([offer(2), offer(1)], { bad: [bad(2)] }), "Ready", "1.1.0"],
  ["only a bad one", facts([offer(2)], { bad: [bad(2)] }), "KnownBad", undefined],
  ["a worse one", facts([offer(2, says("worse"))]), "Worse", "1.2.0"],
  ["a worse one is passed over", facts([offer(2, says("worse")), offer(1)]), "Ready", "1.1.0"],
  ["a refused one", facts([offer(2, says("refused"))]), "Refused", "1.2.0"],
  ["an unsigned one", facts([offer(2, says("unsigned"))]), "Unsigned", "1.2.0"],
  ["one that is being scanned is waited for", facts([offer(2, says("pending")), offer(1)]), "ScanPending", "1.2.0"],
  ["nothing known", facts([offer(2, says("unknown")), offer(1)]), "NotScanned", "1.2.0"],
  ["not judged at all", facts([{ ...offer(2), judgement: undefined }]), "NotScanned", "1.2.0"],
  [
    "nothing known, allowed",
    facts([offer(2, says("unknown"))], { policy: policyOf({ unknown: "Allow" }) }),
    "Ready",
    "1.2.0",
  ],
  [
    "unknown, allowed, still cools down",
    facts([offer(2, says("unknown"), 0)], { policy: policyOf({ unknown: "Allow" }) }),
    "CoolingDown",
    "1.2.0",
  ],
  ["cooling down", facts([offer(2, good(), hour)]), "CoolingDown", "1.2.0"],
  ["an older one has cooled down", facts([offer(2, good(), hour), offer(1)]), "Ready", "1.1.0"],
  ["a security fix needs no cooldown", facts([offer(2, good(true), 0)]), "Ready", "1.2.0"],
  ["approval", facts([offer(2)], { policy: policyOf(required) }), "ApprovalWanted", "1.2.0"],
  [
    "approved",
    facts([offer(2)], {
      policy: policyOf(required, { "security.bulkhead.dev/update-approved": `${digest(2)}=2026-11-20T11:00:00Z` }),
    }),
    "Ready",
    "1.2.0",
  ],
  [
    "another digest is approved",
    facts([offer(2)], {
      policy: policyOf(required, { "security.bulkhead.dev/update-approved": `${digest(1)}=2026-11-20T11:00:00Z` }),
    }),
    "ApprovalWanted",
    "1.2.0",
  ],
  ["another's workload", facts([offer(2)], { owner: "Flux" }), "OwnedByOther", "1.2.0"],
  ["a paused workload", facts([offer(2)], { heldUp: "it is paused" }), "WorkloadPaused", "1.2.0"],
  ["nothing runs", facts([offer(2)], { replicas: 0 }), "ScaledToZero", "1.2.0"],
  ["outside of the window", facts([offer(2)], { policy: policyOf(closed) }), "OutsideWindow", "1.2.0"],
  [
    "a security fix, outside of the window",
    facts([offer(2, good(true))], { policy: policyOf(closed) }),
    "Ready",
    "1.2.0",
  ],
  [
    "a patch that is being built",
    facts([], { registry: { kind: "offers", offers: [], patch: { pending: true, says: "soon" } } }),
    "ScanPending",
    undefined,
  ],
  [
    "what mends a pod that fell out of policy waits for no window",
    facts([offer(2, good(true), hour)], { policy: policyOf(closed), urgent: true }),
    "Ready",
    "1.2.0",
  ],
  [
    "what mends nothing waits for it all the same",
    facts([offer(2)], { policy: policyOf(closed), urgent: true }),
    "OutsideWindow",
    "1.2.0",
  ],
  [
    "and a person is asked all the same",
    facts([offer(2, good(true), hour)], { policy: policyOf({ ...closed, ...required }), urgent: true }),
    "ApprovalWanted",
    "1.2.0",
  ],
  [
    "approval is asked for before the window opens",
    facts([offer(2)], { policy: policyOf({ ...closed, ...required }) }),
    "ApprovalWanted",
    "1.2.0",
  ],
])("%s", (_, given, reason, tag) => {
  const choice = chooseCandidate(given);
  expect([choice.reason, choice.candidate?.tag]).toEqual([reason, tag]);
  if (choice.reason !== "Ready") expect(choice.message).not.toBe("");
});

it("a cooldown and a window say when they end", () => {
  expect(chooseCandidate(facts([offer(2, good(), hour)])).until).toBe(now + 71 * hour);
  expect(chooseCandidate(facts([offer(2)], { policy: policyOf(closed) })).until).toBe(
    Date.parse("2026-11-21T01:00:00Z"),
  );
});

it("a candidate carries its digest and what it fixes", () => {
  expect(chooseCandidate(facts([offer(2, good(true))])).candidate).toEqual({
    image: `r.example/web:1.2.0@${digest(2)}`,
    tag: "1.2.0",
    digest: digest(2),
    firstSeen: "2026-11-16T08:00:00Z",
    summary: "fixes CVE-1 (high, zlib 1); 1 known findings left of 2 before",
    security: true,
    findings: { before: 2, after: 1 },
    fixes: [{ id: "CVE-1", package: "zlib 1", severity: "high" }],
  });
});

describe("a retry", () => {
  const retried = (time: string) => policyOf({}, { "security.bulkhead.dev/update-retry": `${digest(2)}=${time}` });
  it("clears what failed before it, and nothing after", () => {
    const failed = { bad: [bad(2, Date.parse("2026-11-20T10:00:00Z"))] };
    expect(chooseCandidate(facts([offer(2)], { ...failed, policy: retried("2026-11-20T11:00:00Z") })).reason).toBe(
      "Ready",
    );
    expect(chooseCandidate(facts([offer(2)], { ...failed, policy: retried("2026-11-20T09:00:00Z") })).reason).toBe(
      "KnownBad",
    );
  });
});

it("whatever is offered, what is chosen is good or allowed unknown, no known bad digest, and cooled down or urgent", () => {
  const judgement = fc.constantFrom<Judgement | undefined>(
    good(),
    good(true),
    says("pending"),
    says("unknown"),
    says("worse"),
    says("refused"),
    says("unsigned"),
    undefined,
  );
  const one = fc.record({ n: fc.nat({ max: 9 }), judgement, age: fc.nat({ max: 200 }) });
  fc.assert(
    fc.property(fc.array(one), fc.uniqueArray(fc.nat({ max: 9 })), fc.boolean(), (all, failed, lenient) => {
      const offers = all.map(({ n, judgement: j, age }) => ({ ...offer(n, undefined, age * hour), judgement: j }));
      const given = facts(offers, {
        bad: failed.map((n) => bad(n)),
        policy: policyOf({ unknown: lenient ? "Allow" : "Wait" }),
      });
      const choice = chooseCandidate(given);
      if (choice.reason !== "Ready") return;
      const chosen = offers.find(
        (o) =>
          o.digest === choice.candidate?.digest &&
          chooseCandidate({ ...given, registry: { kind: "offers", offers: [o] } }).reason === "Ready",
      );
      expect(chosen).toBeDefined();
      expect(failed.map(digest)).not.toContain(choice.candidate?.digest);
      expect(choice.candidate?.digest).not.toBe(digest(0));
      const verdict = chosen?.judgement?.verdict ?? "unknown";
      expect(lenient ? ["good", "unknown"] : ["good"]).toContain(verdict);
      const urgent = chosen?.judgement?.verdict === "good" && chosen.judgement.security;
      if (!urgent) expect(now - (chosen?.firstSeen ?? now)).toBeGreaterThanOrEqual(72 * hour);
    }),
  );
});
