import { describe, expect, test } from "vitest";
import { makeBrief } from "./brief.ts";
import { briefHtml, briefMarkdown } from "./brief-forms.ts";
import { type BriefFacts, briefRoles } from "./brief-page.ts";

const now = Date.parse("2026-11-21T00:00:00Z");
const nothing: BriefFacts = {
  of: "https://127.0.0.1:6443",
  since: now - 604_800_000,
  now,
  sources: [],
  notLooked: ["the audit log: not root"],
};
const facts: BriefFacts = {
  ...nothing,
  posture: {
    failing: { critical: 1, high: 0, medium: 0, low: 0 },
    unknown: 2,
    controls: ["network-metadata", "network-egress-any"],
    holding: ["network-default-deny-egress"],
    appeared: [{ severity: "critical", object: "Deployment shop/web", says: "container web is privileged" }],
    first: [{ objects: "Deployment shop/web", findings: 3, share: 0.61 }],
  },
  images: {
    running: 3,
    notKnown: 1,
    touching: [
      { id: "CVE-1", severity: "high", package: "left 1", namespaces: ["shop"], exploited: false, inUse: false },
      {
        id: "CVE-2",
        severity: "medium",
        package: "right 2",
        namespaces: ["a", "b", "c", "d"],
        exploited: true,
        inUse: true,
        fixed: "3",
      },
    ],
  },
  current: {
    against: [{ name: "runc 1.1.5", verdict: "vulnerable", whatToDo: "bulkhead current apply" }],
    fine: 1,
  },
  audit: { changes: [{ who: "alice", verb: "patch", what: "deployments shop/web", times: 2 }], refused: 4, left: 0 },
  sources: [{ name: "debian" }, { name: "kev", stale: "frozen for a year" }],
};
const section = (brief: ReturnType<typeof makeBrief>, title: string): string =>
  (brief.sections.find((each) => each.title.startsWith(title))?.lines ?? []).map(({ text }) => text).join("\n");

describe("a brief", () => {
  const brief = makeBrief(facts, "operator");

  test("begins with what to do, and says what each change is worth", () => {
    expect(brief.sections[0]?.title).toBe("What to do first");
    expect(section(brief, "What to do")).toBe(
      "Change Deployment shop/web: 3 findings go, 61 percent of the risk.\nrunc 1.1.5 is vulnerable.",
    );
  });

  test("tells what changed and by whom", () => {
    expect(section(brief, "What changed")).toBe(
      "New, critical: Deployment shop/web: container web is privileged.\nalice did patch deployments shop/web (2 times).\n4 requests were refused.",
    );
  });

  test("puts what is exploited and loaded first, and says of each why it touches", () => {
    expect(section(brief, "What became").split("\n")).toEqual([
      "CVE-2 (medium, exploited by others already) is in right 2, which runs in a, b, c and 1 more and is loaded; 3 mends it.",
      "CVE-1 (high) is in left 1, which runs in shop, though nothing has loaded it; nobody has mended it yet.",
    ]);
  });

  test("says what does not touch only of what was looked up", () => {
    expect(section(brief, "What does not")).toContain("1 part of this installation is current");
    expect(section(brief, "What does not")).toContain("What debian published");
    expect(section(makeBrief({ ...facts, sources: [] }, "operator"), "What does not")).not.toContain("published");
  });

  test("tells of a break-in whose controls do not hold here, and which of them do", () => {
    const told = section(brief, "What others");
    expect(told).toContain("network-metadata does not hold.");
    expect(told).toMatch(/Of the controls against it .*network-default-deny-egress.* here\./);
  });

  test("claims nothing of images and controls that nobody looked at", () => {
    const { posture, images } = facts;
    if (posture === undefined || images === undefined) throw new Error("the facts lack them");
    const unread = makeBrief(
      {
        ...facts,
        posture: { ...posture, controls: [], holding: [] },
        images: { running: 3, notKnown: 3, touching: [] },
      },
      "operator",
    );
    expect(unread.sections.map(({ title }) => title)).not.toContain("What became known that touches you");
    expect(section(unread, "What others")).toMatch(/none is known to hold here\.\nOf .* it is not known\.$/);
  });

  test("names what could not be looked at, and never leaves it out", () => {
    expect(section(brief, "What could not")).toBe(
      "the audit log: not root\n2 checks could not be answered.\nOf 1 image that runs it is not known what is in it.\nkev is old: frozen for a year.",
    );
    expect(section(makeBrief(nothing, "auditor"), "What could not")).toContain("No advisories are at hand.");
  });

  test("of nothing that was looked at claims nothing", () => {
    const bare = makeBrief(nothing, "operator");
    expect(bare.sections.map(({ title }) => title)).toEqual([
      "What others were broken into by",
      "Learn next: five minutes",
      "What could not be looked at",
    ]);
    expect(section(bare, "What others")).toContain("was not looked at");
  });

  test("each role reads first what is theirs, with an exercise of its own", () => {
    const firsts = briefRoles.map((role) => makeBrief(facts, role).sections[0]?.title);
    expect(firsts).toEqual(["What became known that touches you", "What to do first", "What changed here"]);
    for (const role of briefRoles) expect(section(makeBrief(facts, role), "Learn next")).toContain("You see");
  });
});

test("what others wrote is no markup, in Markdown and in HTML", () => {
  const hostile = "<img src=x onerror=alert(1)> [click](http://x) `id`\u001b[2J";
  const brief = makeBrief(
    { ...facts, audit: { changes: [{ who: hostile, verb: "get", what: "x", times: 1 }], refused: 0, left: 0 } },
    "auditor",
  );
  const html = briefHtml(brief);
  expect(html).not.toContain("<img");
  expect(html).not.toContain("\u001b");
  expect(html).not.toMatch(/<(script|link|img|iframe|meta http)/);
  const markdown = briefMarkdown(brief);
  expect(markdown).toContain(String.raw`\<img src=x onerror=alert(1)\> \[click\](http://x) \`id\``);
  expect(markdown).not.toContain("\u001b");
});
