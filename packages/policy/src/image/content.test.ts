import { generateKeyPairSync } from "node:crypto";
import {
  type Exception,
  type FindingFacts,
  type ImageTrustPolicySpec,
  publicKeyId,
  type ScanFacts,
  type SignatureFact,
  type SignatureFacts,
  trustRootId,
} from "@bulkhead/api";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { normaliseExceptions } from "../exception/exceptions.ts";
import type { Identity } from "../exception/subject.ts";
import { evaluateImage, evaluateImages, type ImageQuestion, isListed } from "./evaluate.ts";
import type { ImageFacts, ImageStage } from "./facts.ts";
import { signatureNeeds } from "./needs.ts";
import { judgeRefresh } from "./refresh.ts";
import { normaliseImages } from "./rule-set.ts";

const now = Date.parse("2026-11-21T12:00:00Z");
const day = 86_400_000;
const digest = `sha256:${"a".repeat(64)}`;
const image = `registry.example/shop/web@${digest}`;
const identity: Identity = { namespace: "shop", subjects: [{ kind: "Deployment", name: "web" }] };

const pem = (): string =>
  generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ type: "spki", format: "pem" }).toString();
const keys = { release: pem(), audit: pem(), other: pem() };
const root = '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}';

const everything = [{ registry: "*", repositories: ["*"] }];

function rulesOf(specs: Partial<ImageTrustPolicySpec> | Partial<ImageTrustPolicySpec>[], exceptions: Exception[] = []) {
  return normaliseImages({
    policies: (Array.isArray(specs) ? specs : [specs]).map((spec, i) => ({
      apiVersion: "security.bulkhead.dev/v1alpha1",
      kind: "ImageTrustPolicy",
      metadata: { name: `p${i}` },
      spec: { allow: everything, ...spec },
    })),
    namespaces: [],
    exceptions: normaliseExceptions(exceptions, now),
  });
}

const exceptionFor = (rule: string, value?: string, more: { expires?: string; created?: string } = {}): Exception => ({
  apiVersion: "security.bulkhead.dev/v1alpha1",
  kind: "Exception",
  metadata: { namespace: "shop", name: `e-${rule}`, creationTimestamp: more.created ?? "2026-11-21T11:00:00Z" },
  spec: {
    decider: "image",
    rule,
    subject: { kind: "Deployment", name: "web" },
    ...(value === undefined ? {} : { value }),
    reason: "until Friday",
    author: "ann",
    expires: more.expires ?? "2026-11-22T10:00:00Z",
  },
});

const fact = (more: Partial<SignatureFact> = {}): SignatureFact => ({
  kind: "signature",
  signer: { type: "key", keyId: publicKeyId(keys.release) ?? "" },
  digest,
  logs: [],
  form: "bundle",
  manifest: digest,
  ...more,
});
const byKey = (name: keyof typeof keys, more: Partial<SignatureFact> = {}): SignatureFact =>
  fact({ signer: { type: "key", keyId: publicKeyId(keys[name]) ?? "" }, ...more });
const signed = (facts: readonly SignatureFact[], failures: SignatureFacts["failures"] = []): SignatureFacts => ({
  digest,
  facts,
  failures,
  checkedAt: "2026-11-21T12:00:00Z",
});
const clean: ScanFacts = {
  findings: [],
  sources: [{ name: "osv" }],
  endOfLife: [],
  misconfigurations: [],
  secrets: [],
  blindSpots: [],
};
const finding = (more: Partial<FindingFacts> = {}): FindingFacts => ({
  id: "CVE-2026-1",
  aliases: ["GHSA-1"],
  package: "openssl 3.0.14",
  severity: "high",
  fixedVersion: "3.0.15",
  fixedAt: now - 20 * day,
  ...more,
});
const factsWith = (more: Partial<ImageFacts>): ImageFacts => ({ digest, now, ...more });

const ask = (rules: ReturnType<typeof rulesOf>, more: Partial<ImageQuestion> = {}) =>
  evaluateImage(rules, { image, identity, field: "spec.containers[0].image", ...more });
/** Decision and the rules of its reasons. */
const short = (verdict: ReturnType<typeof ask>) => [verdict.decision, [...new Set(verdict.because.map((b) => b.rule))]];

const release = { name: "release", key: { publicKey: keys.release } };
const audit = { name: "audit", key: { publicKey: keys.audit } };
const ci = {
  name: "ci",
  keyless: { trustRoot: "own", issuer: "https://token.example", identityPattern: "https://ci\\.example/shop/.*" },
};
const trustRoots = [{ name: "own", trustedRoot: root }];
const certificate = (more: object = {}): SignatureFact =>
  fact({
    signer: {
      type: "certificate",
      root: trustRootId(root),
      issuer: "https://token.example",
      identity: "https://ci.example/shop/build",
      ...more,
    },
  });

describe("signatures", () => {
  const asks = (more: object, spec: Partial<ImageTrustPolicySpec> = {}) =>
    rulesOf({ trustRoots, signatures: [{ authorities: [release], ...more }], ...spec });

  test.each<[string, object, SignatureFact[], "allow" | "deny"]>([
    ["the key", {}, [byKey("release")], "allow"],
    ["nobody", {}, [], "deny"],
    ["another key", {}, [byKey("other")], "deny"],
    ["the key, for this namespace", {}, [byKey("release", { forNamespace: identity.namespace })], "allow"],
    ["the key, for another namespace", {}, [byKey("release", { forNamespace: "elsewhere" })], "deny"],
    ["the key, for a namespace that cannot be read", {}, [byKey("release", { forNamespace: "" })], "deny"],
    [
      "the key, for another namespace and for this",
      {},
      [byKey("release", { forNamespace: "elsewhere" }), byKey("release", { forNamespace: identity.namespace })],
      "allow",
    ],
    [
      "an attestation for another namespace",
      { attestations: [{ predicateType: "x" }] },
      [byKey("release"), byKey("release", { kind: "attestation", predicateType: "x", forNamespace: "elsewhere" })],
      "deny",
    ],
    ["an attestation is no signature", {}, [byKey("release", { kind: "attestation", predicateType: "x" })], "deny"],
    ["any of two", { authorities: [release, audit] }, [byKey("audit")], "allow"],
    ["all of two, one missing", { authorities: [release, audit], require: "All" }, [byKey("audit")], "deny"],
    ["all of two", { authorities: [release, audit], require: "All" }, [byKey("audit"), byKey("release")], "allow"],
    ["images of another pattern need none", { images: ["registry.example/other/*"] }, [], "allow"],
    ["images of its pattern", { images: ["registry.example/shop/*"] }, [], "deny"],
    ["images of its registry", { images: ["REGISTRY.example"] }, [], "deny"],
    ["every image", { images: ["*"] }, [], "deny"],
    ["an identity", { authorities: [ci] }, [certificate()], "allow"],
    ["another issuer", { authorities: [ci] }, [certificate({ issuer: "https://token.example.evil" })], "deny"],
    [
      "an identity that only contains it",
      { authorities: [ci] },
      [certificate({ identity: "https://evil/https://ci.example/shop/x" })],
      "deny",
    ],
    ["another trust root", { authorities: [ci] }, [certificate({ root: "x" })], "deny"],
    ["an authority that is nothing", { authorities: [{ name: "none" }] }, [byKey("release"), certificate()], "deny"],
    ["an authority that is both", { authorities: [{ ...release, ...ci }] }, [byKey("release"), certificate()], "deny"],
    [
      "a key that cannot be read",
      { authorities: [{ name: "x", key: { publicKey: "x" } }] },
      [byKey("release")],
      "deny",
    ],
    [
      "a trust root that is not there",
      { authorities: [{ ...ci, keyless: { ...ci.keyless, trustRoot: "gone" } }] },
      [certificate()],
      "deny",
    ],
    [
      "no issuer",
      { authorities: [{ name: "x", keyless: { trustRoot: "own", identityPattern: ".*" } }] },
      [certificate()],
      "deny",
    ],
    [
      "a pattern that breaks out",
      { authorities: [{ name: "x", keyless: { ...ci.keyless, identityPattern: "a)|(.*" } }] },
      [certificate()],
      "deny",
    ],
    [
      "a pattern that cannot be read",
      { authorities: [{ name: "x", keyless: { ...ci.keyless, identityPattern: "(" } }] },
      [certificate()],
      "deny",
    ],
    [
      "text and pattern at once",
      { authorities: [{ name: "x", keyless: { ...ci.keyless, identity: "https://ci.example/shop/build" } }] },
      [certificate()],
      "deny",
    ],
    ["no authorities at all", { authorities: [] }, [byKey("release")], "deny"],
  ])("%s", (_, requirement, facts, expected) => {
    expect(ask(asks(requirement), { facts: factsWith({ signatures: signed(facts) }) }).decision).toBe(expected);
  });

  test.each<[string, object, SignatureFact, "allow" | "deny"]>([
    ["no log is asked for", { publicKey: keys.release }, byKey("release"), "allow"],
    ["a log is asked for, none has it", { publicKey: keys.release, trustRoot: "own" }, byKey("release"), "deny"],
    [
      "a log of another root",
      { publicKey: keys.release, trustRoot: "own" },
      byKey("release", { logs: [{ root: "x", index: "1" }] }),
      "deny",
    ],
    [
      "the log has it",
      { publicKey: keys.release, trustRoot: "own" },
      byKey("release", { logs: [{ root: trustRootId(root), index: "1" }] }),
      "allow",
    ],
    ["ignoreTlog", { publicKey: keys.release, trustRoot: "own", ignoreTlog: true }, byKey("release"), "allow"],
    ["an unknown root", { publicKey: keys.release, trustRoot: "gone" }, byKey("release"), "deny"],
  ])("transparency log: %s", (_, key, one, expected) => {
    expect(
      ask(asks({ authorities: [{ name: "release", key }] }), { facts: factsWith({ signatures: signed([one]) }) })
        .decision,
    ).toBe(expected);
  });

  test.each<[string, object, Partial<SignatureFact>, "allow" | "deny"]>([
    ["of the type", {}, {}, "allow"],
    ["of another type", {}, { predicateType: "https://slsa.dev/provenance/v0.2" }, "deny"],
    [
      "of any version",
      { predicateType: "https://slsa.dev/provenance/*" },
      { predicateType: "https://slsa.dev/provenance/v0.2" },
      "allow",
    ],
    ["by the builder", { builder: "https://ci.example/builder@*" }, {}, "allow"],
    ["by another builder", { builder: "https://ci.example/other" }, {}, "deny"],
    ["from the source", { source: "git+https://git.example/shop/*" }, {}, "allow"],
    ["from another source", { source: "git+https://git.example/other/*" }, {}, "deny"],
    ["without a predicate", { builder: "https://ci.example/builder@v1" }, { predicate: {} }, "deny"],
    ["by another key", {}, { signer: { type: "key", keyId: publicKeyId(keys.other) ?? "" } }, "deny"],
    ["by an authority not named for it", { authorities: ["audit"] }, {}, "deny"],
    ["by the authority named for it", { authorities: ["release"] }, {}, "allow"],
    ["by an authority that is not there", { authorities: ["gone"] }, {}, "deny"],
  ])("attestation %s", (_, attestation, more, expected) => {
    const one = byKey("release", {
      kind: "attestation",
      predicateType: "https://slsa.dev/provenance/v1",
      predicate: { builder: "https://ci.example/builder@v1", sources: ["git+https://git.example/shop/web@main"] },
      ...more,
    });
    const rules = asks({
      authorities: [release, audit],
      attestations: [{ predicateType: "https://slsa.dev/provenance/v1", ...attestation }],
    });
    const verdict = ask(rules, { facts: factsWith({ signatures: signed([byKey("release"), one]) }) });
    expect(short(verdict)).toEqual(
      expected === "allow" ? ["allow", ["trusted", "signature"]] : ["deny", ["attestation"]],
    );
  });

  test("a refusal says which key is asked for, what is there instead, and the command", () => {
    const verdict = ask(asks({}), {
      facts: factsWith({
        signatures: signed(
          [byKey("other")],
          [{ reason: "unknown-key" }, { reason: "unknown-key" }, { reason: "other-digest" }],
        ),
      }),
    });
    const id = (publicKeyId(keys.release) ?? "").slice(0, 12);
    const other = (publicKeyId(keys.other) ?? "").slice(0, 12);
    expect(verdict.because).toEqual([
      {
        object: { apiVersion: "security.bulkhead.dev/v1alpha1", kind: "ImageTrustPolicy", name: "p0" },
        field: "spec.containers[0].image",
        rule: "signature",
        says: `${image} may not run: ImageTrustPolicy p0 (spec.signatures[0]) asks for a signature by the key "release" (SHA-256 ${id}…); found: 1 by the key ${other}…, 2 by a key that no policy names, 1 of another image`,
        command: `bulkhead allow image signature --for deployment/web -n shop --value ${image} --reason "…"`,
      },
    ]);
  });

  test.each([
    ["template", "warn"],
    ["admission", "deny"],
    ["start", "allow"],
    ["running", "allow"],
  ] as const)("nobody looked, at %s: %s", (stage, expected) => {
    expect(ask(asks({}), { stage }).decision).toBe(expected);
    expect(ask(asks({}), { stage, facts: factsWith({}) }).decision).toBe(expected);
  });

  test("a tag at the node's door may mean anything by now", () => {
    expect(ask(asks({}), { stage: "start", image: "registry.example/shop/web:1" }).decision).toBe("deny");
  });

  test("facts of another digest are none", () => {
    const facts = { ...factsWith({ signatures: signed([byKey("release")]) }), digest: `sha256:${"b".repeat(64)}` };
    expect(ask(asks({}), { facts }).decision).toBe("deny");
  });

  test("what several policies ask must all be met", () => {
    const both = rulesOf([{ signatures: [{ authorities: [release] }] }, { signatures: [{ authorities: [audit] }] }]);
    expect(ask(both, { facts: factsWith({ signatures: signed([byKey("release")]) }) }).decision).toBe("deny");
    expect(ask(both, { facts: factsWith({ signatures: signed([byKey("release"), byKey("audit")]) }) }).decision).toBe(
      "allow",
    );
  });

  test("what a verifier must be given: every key, root and type, each once", () => {
    const rules = asks({
      authorities: [release, audit, ci],
      attestations: [{ predicateType: "https://cyclonedx.org/*" }],
    });
    const needs = signatureNeeds(rules, image, identity);
    expect(needs?.keys).toEqual([keys.release, keys.audit].sort());
    expect(needs?.trustRoots).toEqual([root]);
    expect([needs?.wants("https://cyclonedx.org/bom"), needs?.wants("https://spdx.dev/Document")]).toEqual([
      true,
      false,
    ]);
    expect(signatureNeeds(asks({ images: ["other.example"] }), image, identity)).toBeUndefined();
    expect(signatureNeeds(rules, "no image", identity)).toBeUndefined();
  });

  test("a listed image is asked for, signed or not; what no policy lists is not", () => {
    expect(isListed(asks({}), image, identity)).toBe(true);
    expect(isListed(asks({}, { allow: [] }), image, identity)).toBe(false);
    expect(isListed(asks({}), "no image", identity)).toBe(false);
  });
});

describe("content", () => {
  const judge = (spec: Partial<ImageTrustPolicySpec>, scan: Partial<ScanFacts>, more: Partial<ImageFacts> = {}) =>
    short(ask(rulesOf(spec), { facts: factsWith({ scan: { ...clean, ...scan }, ...more }) }));
  const rule = (more: object) => ({ vulnerabilities: { highest: "Medium", ...more } }) as Partial<ImageTrustPolicySpec>;

  test.each<[string, object, { [K in keyof FindingFacts]?: FindingFacts[K] | undefined }, string, string[]]>([
    ["above the highest, no deadline", {}, {}, "deny", ["vulnerability"]],
    ["at the highest", {}, { severity: "medium" }, "allow", ["trusted"]],
    ["none may be", { highest: "None" }, { severity: "negligible" }, "deny", ["vulnerability"]],
    ["no highest", { highest: undefined }, { severity: "critical" }, "allow", ["trusted"]],
    ["within the deadline", { deadlines: { High: "30d" } }, {}, "warn", ["vulnerability"]],
    ["past the deadline", { deadlines: { High: "14d" } }, {}, "deny", ["vulnerability"]],
    ["the deadline of another severity", { deadlines: { Critical: "30d" } }, {}, "deny", ["vulnerability"]],
    ["a deadline that cannot be read", { deadlines: { High: "soon" } }, {}, "deny", ["vulnerability"]],
    ["a fix of no known age", { deadlines: { High: "30d" } }, { fixedAt: undefined }, "warn", ["unknown"]],
    ["no fix", {}, { fixedVersion: undefined }, "warn", ["vulnerability"]],
    ["no fix, refused", { unfixed: "Refuse" }, { fixedVersion: undefined }, "deny", ["vulnerability"]],
    ["no fix, allowed", { unfixed: "Allow" }, { fixedVersion: undefined }, "allow", ["trusted"]],
    ["rated by nobody", {}, { severity: "unknown" }, "warn", ["unknown"]],
    ["exploited, low", {}, { severity: "low", exploited: true }, "deny", ["exploited"]],
    ["exploited, within the deadline", { deadlines: { High: "30d" } }, { exploited: true }, "deny", ["exploited"]],
    ["exploited, warned", { exploited: "Warn" }, { severity: "low", exploited: true }, "warn", ["exploited"]],
    [
      "exploited, warned, and too severe",
      { exploited: "Warn" },
      { exploited: true },
      "deny",
      ["vulnerability", "exploited"],
    ],
    ["exploited, allowed", { exploited: "Allow" }, { severity: "low", exploited: true }, "allow", ["trusted"]],
    ["malicious, rated low", {}, { severity: "low", malicious: true }, "deny", ["malicious"]],
    [
      "said to be not affected by whom the policy trusts",
      { vexAuthors: ["vendor"] },
      { notAffectedBy: ["vendor"] },
      "allow",
      ["trusted"],
    ],
    [
      "said to be not affected by another",
      { vexAuthors: ["vendor"] },
      { notAffectedBy: ["somebody"] },
      "deny",
      ["vulnerability"],
    ],
    [
      "said to be not affected by the policy itself",
      {},
      { notAffectedBy: ["ImageTrustPolicy/p0"] },
      "allow",
      ["trusted"],
    ],
    ["said so by another policy", {}, { notAffectedBy: ["ImageTrustPolicy/other"] }, "deny", ["vulnerability"]],
    [
      "said so by another policy that is trusted",
      { vexAuthors: ["ImageTrustPolicy/other"] },
      { notAffectedBy: ["ImageTrustPolicy/other"] },
      "allow",
      ["trusted"],
    ],
    [
      "signed to be not affected by a signer of the policy's",
      { vexSigners: [{ name: "vendor", key: { publicKey: keys.release } }] },
      { notAffectedBy: ["ImageTrustPolicy/p0#vendor"] },
      "allow",
      ["trusted"],
    ],
    [
      "signed by a signer that the policy does not name",
      { vexSigners: [{ name: "vendor", key: { publicKey: keys.release } }] },
      { notAffectedBy: ["ImageTrustPolicy/p0#other", "vendor"] },
      "deny",
      ["vulnerability"],
    ],
    [
      "said so by whom nobody vouches for, whoever lists him",
      { vexAuthors: ["unverified: vendor"] },
      { notAffectedBy: ["unverified: vendor"] },
      "deny",
      ["vulnerability"],
    ],
    ["said to be not affected, and no author is trusted", {}, { notAffectedBy: ["vendor"] }, "deny", ["vulnerability"]],
    [
      "malicious, said to be not affected",
      { vexAuthors: ["vendor"] },
      { malicious: true, notAffectedBy: ["vendor"] },
      "deny",
      ["malicious"],
    ],
  ])("a finding %s", (_, more, one, decision, rules) => {
    expect(judge(rule(more), { findings: [finding(one as Partial<FindingFacts>)] })).toEqual([decision, rules]);
  });

  test("a malicious package is refused by a policy that asks nothing else", () => {
    expect(judge({}, { findings: [finding({ malicious: true })] })).toEqual(["deny", ["malicious"]]);
    expect(judge({}, { findings: [finding()] })).toEqual(["allow", ["trusted"]]);
  });

  test.each<[string, Partial<ImageTrustPolicySpec>, Partial<ScanFacts>, string, string[]]>([
    [
      "an old base",
      { endOfLife: "Refuse" },
      { endOfLife: [{ name: "debian 10", since: "2024-06-30" }] },
      "deny",
      ["end-of-life"],
    ],
    [
      "an old base, warned",
      { endOfLife: "Warn" },
      { endOfLife: [{ name: "debian 10", since: "2024-06-30" }] },
      "warn",
      ["end-of-life"],
    ],
    ["an old base, not asked", {}, { endOfLife: [{ name: "debian 10", since: "2024-06-30" }] }, "allow", ["trusted"]],
    [
      "a secret",
      { secrets: "Refuse" },
      { secrets: [{ rule: "private-key", path: "root/.ssh/id" }] },
      "deny",
      ["secret"],
    ],
    [
      "a secret, not asked",
      { secrets: "Allow" },
      { secrets: [{ rule: "private-key", path: "root/.ssh/id" }] },
      "allow",
      ["trusted"],
    ],
    [
      "a misconfiguration",
      { misconfigurations: { highest: "Low" } },
      { misconfigurations: [{ id: "setuid", severity: "medium", says: "x" }] },
      "deny",
      ["misconfiguration"],
    ],
    [
      "a mild misconfiguration",
      { misconfigurations: { highest: "Low" } },
      { misconfigurations: [{ id: "setuid", severity: "low", says: "x" }] },
      "allow",
      ["trusted"],
    ],
    [
      "a misconfiguration by name",
      { misconfigurations: { refuse: ["setuid"] } },
      { misconfigurations: [{ id: "setuid", severity: "low", says: "x" }] },
      "deny",
      ["misconfiguration"],
    ],
    [
      "a misconfiguration nobody rated",
      { misconfigurations: { highest: "Critical" } },
      { misconfigurations: [{ id: "x", severity: "unknown", says: "x" }] },
      "deny",
      ["misconfiguration"],
    ],
    ["no advisories", rule({}), { sources: [] }, "warn", ["unknown"]],
    ["stale advisories", rule({}), { sources: [{ name: "osv", stale: "frozen" }] }, "warn", ["unknown"]],
    [
      "stale advisories, refused",
      { ...rule({}), unknown: "Refuse" },
      { sources: [{ name: "osv", stale: "frozen" }] },
      "deny",
      ["unknown"],
    ],
    ["a blind spot", rule({}), { blindSpots: [{ what: "archive", where: "app.jar" }] }, "warn", ["unknown"]],
    [
      "a blind spot, refused",
      { unknown: "Refuse" },
      { blindSpots: [{ what: "archive", where: "app.jar" }] },
      "deny",
      ["unknown"],
    ],
    ["a blind spot, nothing asked", {}, { blindSpots: [{ what: "archive", where: "app.jar" }] }, "allow", ["trusted"]],
  ])("%s", (_, spec, scan, decision, rules) => {
    expect(judge(spec, scan)).toEqual([decision, rules]);
  });

  test.each<[string, Partial<ImageTrustPolicySpec>, ImageStage, Partial<ImageFacts> | undefined, string]>([
    ["a digest never seen is accepted and held", rule({}), "admission", {}, "hold"],
    ["and does not start", rule({}), "start", undefined, "hold"],
    ["a template waits for nothing", rule({}), "template", undefined, "allow"],
    ["a policy that asks nothing of content holds nothing", {}, "start", undefined, "allow"],
    ["one that ran before starts, and it is said", rule({}), "start", { ranBefore: true }, "warn"],
    ["unknown is refused", { unknown: "Refuse" }, "start", {}, "hold"],
    ["it cannot be scanned, and one asks", rule({}), "start", { scanFailure: "no image" }, "deny"],
    ["it cannot be scanned, and ran before", rule({}), "start", { scanFailure: "no image", ranBefore: true }, "warn"],
    ["it cannot be scanned, and nobody asks", {}, "start", { scanFailure: "no image" }, "warn"],
    ["a scan comes, and nobody asks", {}, "start", { scanComes: true }, "hold"],
    ["a scan comes, and it ran before", {}, "start", { scanComes: true, ranBefore: true }, "warn"],
    ["a scan comes: nothing waits for it before its start", {}, "admission", { scanComes: true }, "allow"],
  ])("never scanned: %s", (_, spec, stage, facts, decision) => {
    expect(ask(rulesOf(spec), { stage, facts: facts === undefined ? undefined : factsWith(facts) }).decision).toBe(
      decision,
    );
  });

  test("a digest that ran here is not refused because more is known of it; the policy says what becomes of it", () => {
    const scan = { ...clean, findings: [finding({ exploited: true })] };
    for (const runningPods of ["Report", "Isolate", "Replace"] as const) {
      const verdict = ask(rulesOf({ ...rule({}), runningPods }), { facts: factsWith({ scan, ranBefore: true }) });
      expect([verdict.decision, verdict.action]).toEqual(["warn", runningPods]);
    }
    const two = rulesOf([{ ...rule({}), runningPods: "Replace" }, { ...rule({}), runningPods: "Isolate" }, rule({})]);
    expect(ask(two, { facts: factsWith({ scan, ranBefore: true }) }).action).toBe("Isolate");
    expect(ask(rulesOf(rule({})), { facts: factsWith({ scan }) })).toMatchObject({ decision: "deny" });
  });

  test("a signature that a policy asks for anew is refused even where it ran", () => {
    const rules = rulesOf({ signatures: [{ authorities: [release] }] });
    const verdict = ask(rules, { facts: factsWith({ ranBefore: true, signatures: signed([]) }) });
    expect(verdict.decision).toBe("deny");
    const running = ask(rules, { stage: "running", facts: factsWith({ signatures: signed([]) }) });
    expect([running.decision, running.action]).toEqual(["deny", "Report"]);
  });

  test("Warn warns, Audit records, and neither refuses", () => {
    const scan = { ...clean, findings: [finding({ malicious: true })] };
    const facts = factsWith({ scan, signatures: signed([]) });
    const spec = { ...rule({}), signatures: [{ authorities: [release] }] };
    expect(short(ask(rulesOf({ ...spec, mode: "Warn" }), { facts }))).toEqual(["warn", ["signature", "malicious"]]);
    const audited = ask(rulesOf({ ...spec, mode: "Audit" }), { facts });
    expect([audited.decision, audited.audited.map((b) => b.rule)]).toEqual(["allow", ["signature", "malicious"]]);
    const unlisted = ask(rulesOf({ allow: [], mode: "Audit" }));
    expect([unlisted.decision, unlisted.audited.map((b) => b.rule)]).toEqual(["allow", ["trust"]]);
  });

  test("of many findings five are told one by one", () => {
    const findings = Array.from({ length: 212 }, (_, i) => finding({ id: `CVE-2026-${i}`, aliases: [] }));
    const verdict = ask(rulesOf(rule({})), { facts: factsWith({ scan: { ...clean, findings } }) });
    expect(verdict.because).toHaveLength(6);
    expect(verdict.because[5]?.says).toContain("and 207 more of the rule vulnerability");
    expect(verdict.because[0]).toMatchObject({
      says: `${image} may not run: ImageTrustPolicy p0 (spec.vulnerabilities.highest) lets pass Medium at most: CVE-2026-0 in openssl 3.0.14 is High, fixed in 3.0.15`,
      passing: "an image with openssl 3.0.15",
      command: 'bulkhead allow image vulnerability --for deployment/web -n shop --value CVE-2026-0 --reason "…"',
    });
  });
});

describe("exceptions", () => {
  const spec: Partial<ImageTrustPolicySpec> = {
    vulnerabilities: { highest: "Low" },
    secrets: "Refuse",
    signatures: [{ authorities: [release] }],
  };
  const facts = factsWith({
    signatures: signed([]),
    scan: {
      ...clean,
      findings: [finding(), finding({ id: "CVE-2026-2", aliases: [] })],
      secrets: [{ rule: "key", path: "id" }],
    },
  });
  const rulesLeft = (...exceptions: Exception[]) => short(ask(rulesOf(spec, exceptions), { facts }));

  test.each<[string, Exception[], string, string[]]>([
    ["none", [], "deny", ["signature", "vulnerability", "secret"]],
    ["the signature of this image", [exceptionFor("signature", image)], "deny", ["vulnerability", "secret"]],
    [
      "the signature of another",
      [exceptionFor("signature", "registry.example/other")],
      "deny",
      ["signature", "vulnerability", "secret"],
    ],
    [
      "one finding by an alias",
      [exceptionFor("vulnerability", "GHSA-1")],
      "deny",
      ["signature", "vulnerability", "secret"],
    ],
    ["all findings", [exceptionFor("vulnerability")], "deny", ["signature", "secret"]],
    [
      "an image is no finding",
      [exceptionFor("vulnerability", image)],
      "deny",
      ["signature", "vulnerability", "secret"],
    ],
    [
      "everything, one by one",
      [exceptionFor("vulnerability"), exceptionFor("secret", "id"), exceptionFor("signature")],
      "allow",
      ["trusted"],
    ],
    [
      "expired",
      [exceptionFor("vulnerability", undefined, { expires: "2026-11-21T11:59:59Z" })],
      "deny",
      ["signature", "vulnerability", "secret"],
    ],
    ["a broken glass", [exceptionFor("break-glass")], "warn", ["break-glass", "signature", "vulnerability", "secret"]],
    [
      "a broken glass for another image",
      [exceptionFor("break-glass", "other.example/x")],
      "deny",
      ["signature", "vulnerability", "secret"],
    ],
    [
      "a glass broken for a week",
      [exceptionFor("break-glass", undefined, { expires: "2026-11-28T10:00:00Z" })],
      "deny",
      ["signature", "vulnerability", "secret"],
    ],
  ])("%s", (_, exceptions, decision, rules) => {
    expect(rulesLeft(...exceptions)).toEqual([decision, expect.arrayContaining(rules)]);
    expect(rulesLeft(...exceptions)[1]).toHaveLength(rules.length + (decision === "allow" ? 1 : 0));
  });

  test("what is lifted is said with its end and its reason; a broken glass is for the audit log, with all that it let by", () => {
    const lifted = ask(rulesOf(spec, [exceptionFor("vulnerability", "GHSA-1")]), { facts }).lifted;
    expect(lifted.map((b) => b.says)).toEqual([
      "Exception shop/e-vulnerability lifts vulnerability of CVE-2026-1 until 2026-11-22T10:00:00Z: until Friday",
    ]);
    const glass = ask(rulesOf(spec, [exceptionFor("break-glass")]), { facts });
    expect(glass.audited.map((b) => b.rule)).toEqual([
      "break-glass",
      "signature",
      "vulnerability",
      "vulnerability",
      "secret",
    ]);
    expect(glass.because[0]?.says).toContain("breaks the glass until 2026-11-22T10:00:00Z (ann: until Friday)");
  });

  test("a refusal says that an exception lifted it until it expired", () => {
    const over = { expires: "2026-11-21T11:59:59Z" };
    const verdict = ask(
      rulesOf(spec, [exceptionFor("vulnerability", "GHSA-1", over), exceptionFor("secret", "other", over)]),
      { facts },
    );
    const told = verdict.because.filter((b) => b.says.includes("let it until"));
    expect(told.map((b) => [b.rule, b.says.split("; ").at(-1)])).toEqual([
      ["vulnerability", "Exception shop/e-vulnerability let it until 2026-11-21T11:59:59Z"],
    ]);
    const unlisted = ask(rulesOf({ allow: [] }, [exceptionFor("trust", undefined, over)]));
    expect(unlisted.because[0]?.says).toContain("; Exception shop/e-trust let it until 2026-11-21T11:59:59Z");
  });

  test("a broken glass lets by what no policy lists, and nothing that names no image", () => {
    const rules = rulesOf({ allow: [] }, [exceptionFor("break-glass")]);
    expect(ask(rules).decision).toBe("warn");
    expect(ask(rules, { image: "no image" }).decision).toBe("deny");
  });
});

test("of a pod's images the strictest counts", () => {
  const rules = rulesOf({ vulnerabilities: {}, runningPods: "Isolate" });
  const lookup = (text: string) => (text.includes("known") ? factsWith({ scan: clean }) : undefined);
  const pod = (...images: string[]) => ({
    containers: images.map((i, n) => ({ name: `c${n}`, image: `registry.example/${i}@${digest}` })),
  });
  expect(evaluateImages(rules, pod("known"), identity, { facts: lookup }).decision).toBe("allow");
  expect(evaluateImages(rules, pod("known", "new"), identity, { facts: lookup })).toMatchObject({
    decision: "hold",
    because: [{ rule: "scan", field: "spec.containers[1].image" }],
  });
});

describe("properties", () => {
  const strictness = { allow: 0, warn: 1, hold: 2, deny: 3 };
  const outcome = fc.constantFrom("Allow" as const, "Warn" as const, "Refuse" as const);
  const severity = fc.constantFrom(
    "None" as const,
    "Negligible" as const,
    "Low" as const,
    "Medium" as const,
    "High" as const,
    "Critical" as const,
  );
  const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });
  const authority = fc.constantFrom(release, audit, ci, { name: "broken", key: { publicKey: "x" } });
  const specs = fc.record({
    mode: maybe(fc.constantFrom("Enforce" as const, "Warn" as const, "Audit" as const)),
    allow: fc.constantFrom(everything, [], [{ registry: "registry.example", repositories: ["shop/*"] }]),
    trustRoots: fc.constantFrom(trustRoots, []),
    signatures: maybe(
      fc.array(
        fc.record({
          authorities: fc.array(authority, { maxLength: 3 }),
          require: maybe(fc.constantFrom("Any" as const, "All" as const)),
          attestations: maybe(
            fc.array(fc.record({ predicateType: fc.constantFrom("a", "b", "*"), builder: maybe(fc.constant("b*")) }), {
              maxLength: 2,
            }),
          ),
        }),
        { maxLength: 2 },
      ),
    ),
    vulnerabilities: maybe(
      fc.record({
        highest: maybe(severity),
        unfixed: maybe(outcome),
        exploited: maybe(outcome),
        deadlines: maybe(fc.record({ High: fc.constantFrom("1d", "30d", "x") })),
      }),
    ),
    endOfLife: maybe(outcome),
    secrets: maybe(outcome),
    unknown: maybe(fc.constantFrom("Warn" as const, "Refuse" as const)),
    runningPods: maybe(fc.constantFrom("Report" as const, "Isolate" as const, "Replace" as const)),
  });
  const findings = fc.array(
    fc.record(
      {
        id: fc.constantFrom("CVE-1", "CVE-2", "CVE-3"),
        aliases: fc.constant([]),
        package: fc.constant("p 1"),
        severity: fc.constantFrom(
          "critical" as const,
          "high" as const,
          "medium" as const,
          "low" as const,
          "unknown" as const,
        ),
        fixedVersion: fc.constant("2"),
        fixedAt: fc.constantFrom(now - 2 * day, now - 60 * day),
        exploited: fc.boolean(),
        malicious: fc.boolean(),
      },
      { requiredKeys: ["id", "aliases", "package", "severity"] },
    ),
    { maxLength: 4 },
  );
  const scans = fc.record({
    findings,
    sources: fc.constantFrom([], [{ name: "osv" }], [{ name: "osv", stale: "frozen" }]),
    endOfLife: fc.constantFrom([], [{ name: "debian 10", since: "2024-06-30" }]),
    misconfigurations: fc.constant([]),
    secrets: fc.constantFrom([], [{ rule: "key", path: "id" }]),
    blindSpots: fc.constantFrom([], [{ what: "archive", where: "a" }]),
  });
  const signatures = fc.array(
    fc.constantFrom(
      byKey("release"),
      byKey("audit"),
      certificate(),
      byKey("audit", { kind: "attestation", predicateType: "a", predicate: { builder: "b1" } }),
    ),
    { maxLength: 4 },
  );
  const facts = fc.record(
    {
      digest: fc.constant(digest),
      now: fc.constant(now),
      signatures: signatures.map((f) => signed(f)),
      scan: scans,
      ranBefore: fc.boolean(),
    },
    { requiredKeys: ["digest", "now"] },
  );
  const stage = fc.constantFrom("template" as const, "admission" as const, "start" as const, "running" as const);
  const exceptions = fc.array(
    fc
      .tuple(
        fc.constantFrom(
          "trust",
          "signature",
          "attestation",
          "vulnerability",
          "exploited",
          "malicious",
          "end-of-life",
          "secret",
          "unknown",
          "scan",
          "break-glass",
        ),
        maybe(fc.constantFrom(image, "CVE-1", "id")),
      )
      .map(([rule, value]) => exceptionFor(rule, value)),
    { maxLength: 3 },
  );

  test("adding an exception never makes it stricter, but that a broken glass is always said", () => {
    fc.assert(
      fc.property(
        fc.array(specs, { maxLength: 3 }),
        facts,
        stage,
        exceptions,
        exceptions,
        (policies, known, at, some, more) => {
          const question = { stage: at, facts: known };
          const before = ask(rulesOf(policies, some), question);
          const after = ask(rulesOf(policies, [...some, ...more]), question);
          expect(strictness[after.decision]).toBeLessThanOrEqual(strictness[before.decision]);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("knowing that a digest ran before never makes it stricter, and no scan then refuses it", () => {
    fc.assert(
      fc.property(fc.array(specs, { minLength: 1, maxLength: 3 }), facts, stage, (policies, known, at) => {
        const rules = rulesOf(policies);
        const fresh = ask(rules, { stage: at, facts: { ...known, ranBefore: false } });
        const settled = ask(rules, { stage: at, facts: { ...known, ranBefore: true } });
        expect(strictness[settled.decision]).toBeLessThanOrEqual(strictness[fresh.decision]);
        if (settled.decision === "deny")
          expect(["trust", "signature", "attestation"]).toContain(settled.because[0]?.rule);
        expect(settled.decision).not.toBe("hold");
      }),
      { numRuns: 300 },
    );
  });

  test("one more policy that asks never lets more run; an enforcing one may list more", () => {
    fc.assert(
      fc.property(fc.array(specs, { minLength: 1, maxLength: 2 }), specs, facts, stage, (policies, more, known, at) => {
        const listing = { allow: everything };
        const before = ask(rulesOf([listing, ...policies]), { stage: at, facts: known });
        const after = ask(rulesOf([listing, ...policies, more]), { stage: at, facts: known });
        expect(strictness[after.decision]).toBeGreaterThanOrEqual(strictness[before.decision]);
      }),
      { numRuns: 300 },
    );
  });

  test("unknown never counts as passed: an enforcing policy that asks of content allows only what was scanned with fresh data", () => {
    fc.assert(
      fc.property(specs, facts, (spec, known) => {
        const policy = {
          ...spec,
          allow: everything,
          mode: "Enforce" as const,
          vulnerabilities: { highest: "Medium" as const },
        };
        const verdict = ask(rulesOf(policy), { facts: known });
        if (verdict.decision !== "allow") return;
        expect(known.scan?.sources.length).toBeGreaterThan(0);
        expect(known.scan?.sources.filter((s) => "stale" in s)).toEqual([]);
        expect(known.scan?.blindSpots).toEqual([]);
        expect(known.scan?.findings.filter((f) => f.severity === "unknown" && f.exploited !== true)).toEqual([]);
        expect(known.scan?.findings.filter((f) => f.malicious)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test("an enforced signature is never passed without a fact by its key", () => {
    fc.assert(
      fc.property(specs, facts, (spec, known) => {
        const policy = {
          ...spec,
          mode: "Enforce" as const,
          allow: everything,
          signatures: [{ authorities: [release] }],
        };
        const verdict = ask(rulesOf(policy), { facts: known });
        const held = known.signatures?.facts.some(
          (f) => f.kind === "signature" && f.signer.type === "key" && f.signer.keyId === publicKeyId(keys.release),
        );
        if (verdict.decision !== "deny") expect(held).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test("everything that is refused or held says a rule, a field and a command that reads back", () => {
    fc.assert(
      fc.property(fc.array(specs, { maxLength: 2 }), facts, (policies, known) => {
        const verdict = ask(rulesOf(policies), { facts: known });
        if (verdict.decision === "allow") return;
        for (const because of verdict.because) {
          expect(because.rule).toBeDefined();
          expect(because.field).toBe("spec.containers[0].image");
          expect(because.command).toMatch(/^bulkhead allow image \S+ --for deployment\/web -n shop /);
        }
      }),
    );
  });
});

test.each([
  [{ running: 100, newlyRefused: 10, sources: [] }, "accept"],
  [{ running: 100, newlyRefused: 11, sources: [] }, "hold"],
  [{ running: 3, newlyRefused: 1, sources: [] }, "hold"],
  [{ running: 0, newlyRefused: 0, sources: [{ name: "osv", before: 1000, after: 901 }] }, "accept"],
  [{ running: 0, newlyRefused: 0, sources: [{ name: "osv", before: 1000, after: 900 }] }, "hold"],
  [{ running: 0, newlyRefused: 0, sources: [{ name: "osv", before: 0, after: 0 }] }, "accept"],
])("a refresh %j: %s", (refresh, expected) => {
  expect(judgeRefresh(refresh).decision).toBe(expected);
});
