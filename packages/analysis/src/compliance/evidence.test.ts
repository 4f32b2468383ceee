import type { KubeObject, PostureHistory } from "@bulkhead/api";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { controls as shipped } from "../posture/controls/index.ts";
import { Evaluation } from "../posture/evaluate.ts";
import { oscalComponent } from "../report/oscal-component.ts";
import { oscalEvidence } from "../report/oscal-evidence.ts";
import { oscalPlan } from "../report/oscal-plan.ts";
import { postureReport } from "../report/posture-report.ts";
import { selected } from "../report/select.ts";
import { ObjectSet, type UnreadKind } from "../snapshot/object-set.ts";
import { complianceEvidence, type EvidenceAbout, isHeld } from "./evidence.ts";
import { evidenceHtml } from "./evidence-html.ts";
import { evidenceMarkdown } from "./evidence-markdown.ts";
import { RecordedPosture } from "./history.ts";
import { type ControlState, requirementState } from "./state.ts";

const pod = (namespace: string, name: string, privileged: boolean): KubeObject =>
  ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace, name },
    spec: { hostPID: privileged, containers: [{ name: "c", image: "x", securityContext: { privileged } }] },
  }) as KubeObject;

const ids = [
  "workload-privileged",
  "workload-host-pid",
  "workload-host-ipc",
  "workload-host-ports",
  "api-anonymous-auth",
];
const cards = shipped.filter(({ id }) => ids.includes(id));
const unread = [{ kind: "facts.bulkhead.dev/ControlPlaneFacts", why: "nobody <looked>" }];
const at = "2026-11-21T12:00:00.000Z";

function gather(
  objects: readonly KubeObject[],
  about: Partial<EvidenceAbout> = {},
  gaps: readonly UnreadKind[] = unread,
) {
  const evaluation = new Evaluation({
    objects: new ObjectSet(objects, gaps),
    controls: cards,
    settings: { defaults: "bulkhead", podSecurityDefault: "restricted", network: { nodeIps: [], closed: [] } },
    now: Date.parse(at),
  });
  const { namespace } = about;
  const report = selected(postureReport(evaluation), namespace === undefined ? {} : { namespace });
  const evidence = complianceEvidence(evaluation, report, ["cis", "pss"], {
    of: "k8s",
    at,
    version: "0.1.0",
    unreadable: [],
    notLooked: [],
    ...about,
  });
  const requirement = (framework: string, id: string) => {
    const found = evidence.frameworks.find((each) => each.id === framework)?.requirements.find((r) => r.id === id);
    if (found === undefined) throw new Error(`no ${id}`);
    return found;
  };
  return { evaluation, report, evidence, requirement };
}

const bad = pod("shop", "bad<b>", true);
const good = pod("shop", "good", false);
const exception = {
  apiVersion: "security.bulkhead.dev/v1alpha1",
  kind: "Exception",
  metadata: { namespace: "shop", name: "e" },
  spec: {
    decider: "posture",
    rule: "workload-privileged",
    subject: { kind: "Pod", name: "bad<b>" },
    reason: "moves out",
    author: "alice",
    expires: "2026-11-23T12:00:00Z",
  },
} as KubeObject;

describe("how a requirement stands", () => {
  test("met where its controls hold, not met where they do not, unknown where nobody looked, a gap where none cites it", () => {
    const { requirement, evidence } = gather([bad, good]);
    expect(requirement("cis", "5.2.2")).toMatchObject({ state: "not-met", objects: { looked: 2, failing: 1 } });
    expect(requirement("cis", "5.2.4")).toMatchObject({ state: "met", objects: { looked: 2, failing: 0 } });
    expect(requirement("cis", "1.2.1")).toMatchObject({ state: "unknown", objects: { looked: 0 } });
    expect(requirement("cis", "1.2.1").unknown.join()).toContain("nobody <looked>");
    expect(requirement("cis", "1.2.9").state).toBe("gap");
    expect(requirement("cis", "3.1.1").state).toBe("person");
    expect(requirement("pss", "baseline/hostNamespaces").state).toBe("partly");
    expect(isHeld(evidence)).toBe(false);
  });

  test("nothing is met where nothing was looked at", () => {
    const { requirement } = gather([]);
    expect(requirement("cis", "5.2.4").state).toBe("no-object");
  });

  test("nothing is met where a file could not be read", () => {
    const { requirement, evidence } = gather([good], { unreadable: ["web.yaml:3: no YAML"] });
    expect(requirement("cis", "5.2.4")).toMatchObject({ state: "unknown", unknown: ["web.yaml:3: no YAML"] });
    expect(evidence.notLooked).toEqual(["web.yaml:3: no YAML"]);
  });

  test("what an Exception accepts is accepted, with who and until when", () => {
    const { requirement } = gather([bad, good, exception]);
    expect(requirement("cis", "5.2.2")).toMatchObject({
      state: "accepted",
      accepted: [{ exception: "shop/e", author: "alice", until: "2026-11-23T12:00:00Z" }],
    });
  });

  test("a namespace's own objects only, and no facts of the cluster", () => {
    const { requirement } = gather([bad, pod("other", "p", false)], { namespace: "other" });
    expect(requirement("cis", "5.2.2")).toMatchObject({ state: "met", objects: { looked: 1, failing: 0 }, broken: [] });
    expect(requirement("cis", "1.2.1").state).toBe("no-object");
  });

  test("a kind that was not read in another namespace leaves this one's evidence alone", () => {
    const gaps = [{ kind: "Pod", namespace: "shop", why: "forbidden" }];
    expect(gather([pod("other", "p", false)], { namespace: "other" }, gaps).requirement("cis", "5.2.4").state).toBe(
      "met",
    );
    expect(gather([pod("other", "p", false)], {}, gaps).requirement("cis", "5.2.4").state).toBe("unknown");
  });

  test("since when, where somebody wrote it down", () => {
    const { report } = gather([bad]);
    const [first] = report.findings.filter(({ control }) => control === "workload-privileged");
    const seen = Date.parse("2026-11-01T08:00:00Z");
    const { requirement, evidence } = gather([bad], { firstSeen: new Map([[first?.id ?? "", seen]]) });
    expect(requirement("cis", "5.2.2").since).toBe("2026-11-01T08:00:00.000Z");
    expect(requirement("cis", "5.2.3").since).toBeUndefined();
    expect(evidence.span).toEqual({ from: "2026-11-01T08:00:00.000Z", to: at });
  });

  test("met only where every control holds or found nothing, and one held", () => {
    const states: ControlState[] = ["holds", "fails", "accepted", "unknown", "error", "no-object"];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...states)), (all) => {
        const met = requirementState(all, "machine") === "met";
        expect(met).toBe(all.includes("holds") && all.every((state) => state === "holds" || state === "no-object"));
        expect(requirementState(all, "person")).not.toBe("met");
      }),
    );
  });
});

describe("over a span", () => {
  const record = (observed: readonly { from: string; to: string }[]): PostureHistory["history"] => ({
    from: "2026-11-20T00:00:00Z",
    at: { holds: ids.filter((id) => id !== "workload-host-pid"), fails: ["workload-host-pid"] },
    observed,
    changes: [{ at: "2026-11-20T06:00:00Z", state: "holds", controls: ["workload-host-pid"] }],
  });
  const whole = [{ from: "2026-11-20T00:00:00Z", to: "2026-11-21T12:00:00Z" }];
  const over = (observed = whole, doubts: readonly string[] = []) => {
    const span = { from: Date.parse("2026-11-20T00:00:00Z"), to: Date.parse("2026-11-21T00:00:00Z") };
    return gather([good], { asked: { span, recorded: new RecordedPosture([record(observed)]), doubts } });
  };
  const verdict = (of: ReturnType<typeof over>, id: string) => of.requirement("cis", id).over?.verdict;

  test("what is met now and was broken then is broken over the span, and says since when it holds", () => {
    const found = over();
    expect(found.requirement("cis", "5.2.3")).toMatchObject({
      state: "met",
      over: {
        verdict: "broken",
        since: "2026-11-20T06:00:00.000Z",
        seconds: { held: 18 * 3600, broken: 6 * 3600, unobserved: 0 },
      },
    });
    expect(verdict(found, "5.2.4")).toBe("held");
    expect(verdict(found, "1.2.9")).toBe("gap");
    expect(found.evidence.span).toEqual({ from: "2026-11-20T00:00:00.000Z", to: "2026-11-21T00:00:00.000Z" });
    expect(isHeld(found.evidence)).toBe(false);
  });

  test("what nobody saw has not held; nor has anything where others wrote the record", () => {
    const gap = over([
      { from: "2026-11-20T00:00:00Z", to: "2026-11-20T10:00:00Z" },
      { from: "2026-11-20T12:00:00Z", to: "2026-11-21T12:00:00Z" },
    ]);
    expect(verdict(gap, "5.2.4")).toBe("unknown");
    expect(gap.evidence.over?.unobserved).toHaveLength(1);
    expect(evidenceHtml(gap.evidence)).toContain("Nobody looked for 2 hours, of which nothing is claimed");
    const doubted = over(whole, ["mallory <did> update"]);
    for (const id of ["5.2.3", "5.2.4"]) expect(verdict(doubted, id)).toBe("unknown");
    expect(evidenceHtml(doubted.evidence)).toContain("The record is not believed: mallory &#60;did&#62; update");
  });

  test("as documents: the page, Markdown and OSCAL say the span", () => {
    const { evidence, evaluation, report } = over();
    const html = evidenceHtml(evidence);
    expect(html).toContain("held throughout");
    expect(html).toMatch(/class="b-not-met" style="flex:21600000" title="not met: 2026-11-20 00:00 UTC to/);
    expect(html).not.toMatch(/<script|https?:\/\//);
    expect(evidenceMarkdown(evidence)).toMatch(
      /5\.2\.3 \|.*\| broken for 6 hours; as it stands since 2026-11-20 06:00 UTC \|/,
    );
    const [result] = oscalEvidence(evidence, evaluation, report)["assessment-results"].results;
    expect([result.start, result.end]).toEqual(["2026-11-20T00:00:00.000Z", "2026-11-21T00:00:00.000Z"]);
    const found = new Map(result.findings?.map((finding) => [finding.target["target-id"], finding]));
    expect(found.get("cis-5.2.4")?.target.status.state).toBe("satisfied");
    expect(found.get("cis-5.2.3")?.target.status).toMatchObject({ state: "not-satisfied", reason: "fail" });
    expect(found.get("cis-5.2.3")?.props.map(({ value }) => value)).toContain(
      "2026-11-20T00:00:00.000Z/2026-11-20T06:00:00.000Z not-met",
    );
  });
});

describe("as documents", () => {
  const record = { instanceId: "i-1", verdict: "intact", says: "all holds", records: 12, head: "ab12" };

  test("HTML and Markdown say first what is not known, and take no markup from objects", () => {
    const { evidence } = gather([bad, good], { record });
    const html = evidenceHtml(evidence);
    expect(html.indexOf("What is not known")).toBeLessThan(html.indexOf("<h2>"));
    expect(html).not.toMatch(/<script|<b>|nobody <looked|https?:\/\/(?!www)/);
    expect(html).toContain("bad&#60;b&#62;");
    expect(html).toContain("ab12");
    expect(html).toContain("1.2.9 API server: EventRateLimit is on");
    const markdown = evidenceMarkdown(evidence);
    expect(markdown).toContain("bad\\<b\\>");
    expect(markdown.indexOf("What is not known")).toBeLessThan(markdown.indexOf("CIS Kubernetes"));
  });

  /** OSCAL's own patterns for what it calls UUID and token. */
  const uuid = /^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[45][0-9A-Fa-f]{3}-[89ABab][0-9A-Fa-f]{3}-[0-9A-Fa-f]{12}$/;
  const token = /^(\p{L}|_)(\p{L}|\p{N}|[.\-_])*$/u;

  /** Every identifier has its form and is there once; every list and text has something in it. */
  function wellFormed(document: unknown): readonly string[] {
    const own: string[] = [];
    const walk = (value: unknown): void => {
      if (typeof value !== "object" || value === null) return;
      for (const [key, inner] of Object.entries(value)) {
        if (key === "uuid") own.push(String(inner));
        if (key.endsWith("uuid")) expect(inner).toMatch(uuid);
        if (key === "name" || key.endsWith("-id")) expect(inner).toMatch(token);
        if (key === "value") expect(inner).toMatch(/^\S(.*\S)?$/);
        expect(inner, key).not.toBe("");
        if (Array.isArray(inner)) expect(inner.length, key).toBeGreaterThan(0);
        walk(inner);
      }
    };
    walk(document);
    expect(new Set(own).size).toBe(own.length);
    return own;
  }

  test("OSCAL results: requirements beside controls, what is not met or known is not satisfied", () => {
    const { evidence, evaluation, report } = gather([bad, good], { record });
    const document = oscalEvidence(evidence, evaluation, report);
    wellFormed(document);
    const [result] = document["assessment-results"].results;
    const states = new Map(result.findings?.map(({ target }) => [target["target-id"], target.status.state]));
    expect(states.get("cis-5.2.2")).toBe("not-satisfied");
    expect(states.get("cis-5.2.4")).toBe("satisfied");
    expect(states.get("cis-1.2.1")).toBe("not-satisfied");
    expect(states.has("cis-1.2.9")).toBe(false);
    expect(states.get("workload-privileged")).toBe("not-satisfied");
    expect(result.remarks).toContain("cis-1.2.9");
    expect(result.remarks).toContain("ab12");
    const plan = oscalPlan(["cis", "pss"], cards, { of: "k8s", at, version: "0.1.0" });
    expect(document["assessment-results"]["import-ap"].href).toBe(`urn:uuid:${plan["assessment-plan"].uuid}`);
  });

  test("OSCAL plan: what it refers to is there, the same for the same question", () => {
    const make = (time: string) => oscalPlan(["cis", "pss"], cards, { of: "k8s", at: time, version: "0.1.0" });
    const { "assessment-plan": plan } = make(at);
    const own = wellFormed({ plan });
    for (const field of ["uuid", "metadata", "import-ssp", "reviewed-controls"] as const)
      expect(plan[field]).toBeDefined();
    expect(own).toContain(plan["import-ssp"].href.slice(1));
    for (const { "associated-activities": activities } of plan.tasks)
      for (const activity of activities) expect(own).toContain(activity["activity-uuid"]);
    expect(make("2026-12-01T00:00:00Z")["assessment-plan"].uuid).toBe(plan.uuid);
  });

  test("OSCAL component definition: a framework a source, a requirement once", () => {
    const { "component-definition": definition } = oscalComponent(["cis", "pss", "nsa"], cards, {
      at,
      version: "0.1.0",
    });
    wellFormed({ definition });
    const [component] = definition.components;
    expect(component["control-implementations"].map(({ source }) => source)).toHaveLength(3);
    for (const { "implemented-requirements": requirements } of component["control-implementations"])
      expect(new Set(requirements.map((each) => each["control-id"])).size).toBe(requirements.length);
  });
});
