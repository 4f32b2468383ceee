import { ObjectSet, postureReport, controls as shipped } from "@bulkhead/analysis";
import type { OpenReport } from "@bulkhead/api";
import { describe, expect, test } from "vitest";
import { parseDocuments } from "../check/parse-documents.ts";
import { type Look, lookAt, type PostureOptions, postureExit } from "../commands/posture.ts";
import { shown } from "../commands/posture-show.ts";
import type { Cluster } from "../instance/cluster.ts";
import { appearedSince, datedSince } from "./appeared.ts";
import { appearedJson, appearedText } from "./appeared-text.ts";
import { parsePostureBaseline, postureBaselineText } from "./baseline-file.ts";
import { diffText, sinceOf } from "./diff-text.ts";
import { manifestSnapshot } from "./gather-manifests.ts";
import { postureJunit } from "./junit.ts";
import { listText } from "./list-text.ts";
import { postureJson } from "./report-json.ts";
import { postureSarif } from "./sarif.ts";
import { screenText } from "./screen-text.ts";
import { showText } from "./show-text.ts";

const now = Date.parse("2026-11-21T12:00:00Z");
/** One that fails, one that nothing here can answer, one that has nothing to look at. */
const some = ["workload-privileged", "network-default-deny-ingress", "network-node-port", "api-anonymous-auth"];
const controls = shipped.filter(({ id }) => some.includes(id));

const text = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: nginx
        securityContext:
          privileged: true
      - name: side
        image: nginx
---
apiVersion: v1
kind: Pod
metadata: {name: p, namespace: other}
spec: {containers: [{name: c, image: x, securityContext: {privileged: true}}]}
`;
const exception = `---
apiVersion: security.bulkhead.dev/v1alpha1
kind: Exception
metadata: {name: e, namespace: other}
spec:
  decider: posture
  rule: workload-privileged
  subject: {kind: Pod, name: p}
  reason: "<moves> out"
  author: alice
  expires: "2026-11-23T12:00:00Z"
`;

function looking(options: PostureOptions = {}, from = text + exception, baseline?: string): Look {
  const { manifests, problems } = parseDocuments("k8s/web.yaml", from);
  const { objects, unread, places, problems: all } = manifestSnapshot(manifests, problems, "default");
  const ground = {
    of: "k8s",
    kind: "manifests" as const,
    objects: new ObjectSet(objects, unread),
    settings: {
      defaults: "bulkhead" as const,
      podSecurityDefault: "restricted" as const,
      network: { nodeIps: [], closed: [] },
    },
    notes: [],
    problems: all,
    places,
  };
  return lookAt(ground, controls, options, baseline === undefined ? undefined : parsePostureBaseline(baseline), now);
}

describe("manifests as a snapshot", () => {
  test("what an application ships with is whole, what only a cluster has is not known, nor a Namespace or Secret of elsewhere", () => {
    const look = looking();
    const { objects } = look.evaluation;
    for (const kind of ["networking.k8s.io/NetworkPolicy", "rbac.authorization.k8s.io/Role", "ServiceAccount"])
      expect(objects.unread(kind), kind).toBeUndefined();
    for (const kind of ["Namespace", "Secret", "Node", "facts.bulkhead.dev/NodeFacts"])
      expect(objects.unread(kind)?.why, kind).toBe("a folder of manifests does not hold it");
  });

  test("an object that stands in two places is a problem, and the answer is 2", () => {
    const look = looking({}, `${text}---\n${text}`);
    expect(look.problems.map(({ says }) => says)[0]).toContain("stands in k8s/web.yaml:1 too");
    expect(postureExit(look)).toBe(2);
  });

  test("a null in a list is read as the API server reads it", () => {
    const containers = "[{name: c, image: x, command: [sh, null], env: [null]}]";
    const { manifests } = parseDocuments(
      "f",
      `kind: Pod\napiVersion: v1\nmetadata: {name: x}\nspec: {containers: ${containers}}\n`,
    );
    const { objects } = manifestSnapshot(manifests, [], "default");
    expect(objects[0]).toMatchObject({ spec: { containers: [{ command: ["sh", ""], env: [{ name: "" }] }] } });
  });

  test("objects without a namespace are of the one that was named", () => {
    const { manifests } = parseDocuments("f", "kind: Pod\napiVersion: v1\nmetadata: {name: x}\n");
    const { objects } = manifestSnapshot(manifests, [], "default");
    expect(objects[0]?.metadata.namespace).toBe("default");
  });
});

describe("a look", () => {
  test("what counts, and the code: failing at or above the bar, accepted not, unknown never passed", () => {
    const look = looking();
    expect(look.counting.map(({ object }) => object.name)).toEqual(["web"]);
    expect(postureExit(look)).toBe(1);
    expect(postureExit(looking({ failOn: "never" }))).toBe(0);
    expect(look.report.findings.map(({ outcome }) => outcome)).toContain("accepted");
  });

  test("narrowed by what was asked for; names that nothing has are told with the nearest", () => {
    expect(looking({ namespace: "shop" }).report.findings.every(({ object }) => object.namespace === "shop")).toBe(
      true,
    );
    expect(looking({ object: "deployment/web" }).report.findings.length).toBeGreaterThan(0);
    for (const [option, near] of [
      [{ namespace: "shp" }, "shop"],
      [{ area: "workload" }, "workloads"],
      [{ severity: "hgih" }, "high"],
      [{ control: "workload-privilege" }, "workload-privileged"],
      [{ object: "deployment/wbe" }, "deployment/web"],
    ] as const)
      expect(() => looking(option)).toThrow(`did you mean ${near}?`);
  });

  test("the command of a finding names its lasting owner, and is narrowed where there are several", () => {
    const [finding] = looking().report.findings;
    expect(finding?.command).toBe(
      'bulkhead allow posture workload-privileged --for deployment/web -n shop --reason "…"',
    );
    const two = looking(
      {},
      text.replace(
        "- name: side\n        image: nginx",
        "- name: side\n        image: nginx\n        securityContext: {privileged: true}",
      ),
    );
    expect(two.report.findings.map(({ command }) => command)).toContainEqual(
      'bulkhead allow posture workload-privileged --for deployment/web -n shop --value side --reason "…"',
    );
  });

  test("the first screen claims no more than it knows", () => {
    const look = looking();
    const screen = screenText(look, [], now);
    expect(screen).toContain("fails: 1 finding at high or above");
    expect(screen).toContain("not read: ");
    expect(screen).toContain("Accepted for a while: 1, the next to end first");
    expect(screen).toContain("2 days left");
    expect(screen).toContain("could not look at all");
    expect(screenText(looking({ failOn: "never" }), [], now)).toContain("--fail-on never");
    const good = looking({}, text.slice(0, text.indexOf("---")).replace("privileged: true", "privileged: false"));
    expect(screenText(good, [], now)).toContain("passes as far as it is known");
  });

  test("a list has a line each, a finding its file and line, its fix and its command", () => {
    const look = looking();
    expect(listText(look, true)).toContain("k8s/web.yaml:13");
    expect(listText(look, false)).toContain("accepted");
    const one = showText(shown(look, "workload-privileged"));
    expect(one).toContain("at           k8s/web.yaml:13");
    expect(one).toContain("securityContext.privileged = false");
    expect(one).toContain("accepted     until 2026-11-23T12:00:00Z by alice: <moves> out");
    expect(() => shown(look, "workload-privilegd")).toThrow("did you mean workload-privileged?");
  });

  test("others' text steers no terminal", () => {
    const steering = text.replace("name: web\n", 'name: "web\\e[31m"\n');
    expect(listText(looking({}, steering), true)).not.toContain("\u001b[31m");
  });
});

describe("forms for machines", () => {
  test("SARIF: rules with help, physical places, fingerprints, accepted ones suppressed", () => {
    const log = postureSarif(looking(), "0.1.0");
    const [run] = log.runs;
    expect(run.tool.driver.rules.map(({ id }) => id)).toEqual(["workload-privileged"]);
    expect(run.tool.driver.rules[0]?.help?.text).toContain("MITRE ATT&CK");
    expect(
      run.results.map(({ ruleIndex, partialFingerprints, suppressions, locations }) => ({
        ruleIndex,
        fingerprint: partialFingerprints["bulkhead/v1"],
        suppressed: suppressions?.[0]?.justification,
        at: [locations[0]?.physicalLocation.artifactLocation.uri, locations[0]?.physicalLocation.region.startLine],
      })),
    ).toEqual([
      {
        ruleIndex: 0,
        fingerprint: "workload-privileged|apps/Deployment|shop/web|web",
        suppressed: undefined,
        at: ["k8s/web.yaml", 13],
      },
      {
        ruleIndex: 0,
        fingerprint: "workload-privileged|Pod|other/p|c",
        suppressed: "<moves> out (alice, until 2026-11-23T12:00:00Z)",
        at: ["k8s/web.yaml", 20],
      },
    ]);
  });

  test("JUnit: what counts fails, what is accepted or not known is skipped, and nothing unknown passes", () => {
    const xml = postureJunit(looking());
    expect(xml.match(/<failure /g)).toHaveLength(1);
    expect(xml).toContain("accepted until 2026-11-23T12:00:00Z: &lt;moves&gt; out");
    expect(xml).toMatch(/api-anonymous-auth[^>]*><skipped message="not known: facts\.bulkhead\.dev\/ControlPlaneFacts/);
    expect(xml).toMatch(/network-node-port[^>]*><skipped message="nothing to look at"/);
    expect(xml).not.toMatch(/classname="control-plane\.[^>]*\/>/);
  });

  test("JSON is read again as a baseline, with reasons and ends where a person wrote them", () => {
    const former = JSON.stringify(postureJson(looking()));
    expect(looking({}, undefined, former).counting).toEqual([]);
    const id = "workload-privileged|apps/Deployment|shop/web|web";
    const written = postureBaselineText("k8s", "2026-11-21T12:00:00Z", [
      { id, severity: "critical", reason: "until June", expires: now + 1000 },
    ]);
    expect(parsePostureBaseline(written)).toEqual([
      { id, severity: "critical", reason: "until June", expires: now + 1000 },
    ]);
    expect(looking({}, undefined, written).counting).toEqual([]);
    const over = written.replace(/"expires":"[^"]*"/, '"expires":"2026-11-20"');
    expect(looking({}, undefined, over).compared?.standings.get(id)?.is).toBe("expired");
    expect(looking({}, undefined, written.replace("critical", "low")).compared?.standings.get(id)?.is).toBe("worse");
    expect(() => parsePostureBaseline(written.replace('"reason"', '"raeson"'))).toThrow("there is no such field");
    expect(() => parsePostureBaseline("{}")).toThrow("neither a baseline");
  });

  test("since a baseline: what is new, what is gone, and what nobody can say now", () => {
    const entries = [
      "workload-privileged|apps/Deployment|shop/gone|x",
      "api-anonymous-auth|facts.bulkhead.dev/ControlPlaneFacts|a|y",
    ];
    const look = looking(
      {},
      undefined,
      postureBaselineText(
        "k8s",
        "",
        entries.map((id) => ({ id })),
      ),
    );
    const said = diffText(look);
    expect(said).toMatch(/New\n {2}critical {2}workload-privileged {2}Deployment shop\/web/);
    expect(said).toMatch(/Gone\n {2}workload-privileged {2}Deployment shop\/gone/);
    expect(said).toMatch(/nobody can say now\n {2}api-anonymous-auth/);
  });
});

describe("since a time", () => {
  const id = "workload-privileged|apps/Deployment|shop/web|web";
  const at = (seconds: number): number => now - seconds * 1000;

  test("a file that is there is a file, and what is neither that nor a time that is over is refused", () => {
    expect(sinceOf("7d", now)).toEqual({ time: now - 7 * 86_400_000 });
    expect(sinceOf("2026-11-01T00:00:00Z", now)).toEqual({ time: Date.parse("2026-11-01T00:00:00Z") });
    expect(sinceOf("package.json", now)).toEqual({ file: "package.json" });
    expect(() => sinceOf("nowhere.json", now)).toThrow("there is no such file, and it is no time");
    expect(() => sinceOf("7w", now)).toThrow("write 15m");
    expect(() => sinceOf("2027-01-01", now)).toThrow("not over yet");
  });

  test("what was first seen since counts, what was there before does not, what no report holds is told apart", () => {
    const look = looking();
    const dated = datedSince(look, new Map([[id, at(60)]]), at(120));
    expect(dated.fresh).toEqual([{ finding: expect.objectContaining({ id }) as object, first: at(60) }]);
    expect(dated).toMatchObject({ earlier: 0, undated: 0, counting: [{ id }] });
    expect(datedSince(look, new Map([[id, at(60)]]), at(30))).toMatchObject({ fresh: [], earlier: 1, counting: [] });
    expect(datedSince(look, new Map(), at(30))).toMatchObject({ fresh: [], undated: 1, counting: [] });
    // Reports hold whole seconds: what was seen in the second of the question is since then.
    expect(datedSince(look, new Map([[id, at(60)]]), at(60) + 500).fresh).toHaveLength(1);
  });

  test("of another cluster what appeared is told, and who is not; without a report nothing is", async () => {
    const cluster = (results: OpenReport["results"]): Cluster =>
      ({
        instance: undefined,
        client: { list: () => Promise.resolve({ items: [{ metadata: { name: "bulkhead-posture" }, results }] }) },
      }) as unknown as Cluster;
    const seen = { policy: "p", timestamp: { seconds: at(60) / 1000, nanos: 0 }, properties: { finding: id } };
    const told = await appearedSince(looking(), cluster([seen]), at(120));
    expect(told.appeared).toEqual([
      { finding: expect.objectContaining({ id }) as object, firstSeen: new Date(at(60)).toISOString() },
    ]);
    expect(told.notKnown[0]).toContain("the audit log of another cluster is not ours to read");
    const silent = { client: { list: () => Promise.resolve({ items: [] }) } } as unknown as Cluster;
    await expect(appearedSince(looking(), silent, at(120))).rejects.toThrow(
      "no posture controller has written it down",
    );
  });

  test("shown with who changed it and what nobody can say, for people and for programs", () => {
    const look = looking();
    const [finding] = look.counting;
    if (finding === undefined) throw new Error("nothing counts");
    const appeared = {
      since: "2026-11-21T11:00:00.000Z",
      appeared: [
        {
          finding,
          firstSeen: "2026-11-21T11:30:02.000Z",
          changed: {
            user: "al\u001b[31mice",
            verb: "create",
            created: true,
            at: "2026-11-21T11:30:00.123Z",
            from: "192.0.2.7",
          },
        },
      ],
      earlier: 1,
      undated: 0,
      counting: [finding],
      notKnown: ["What went away since: no report keeps that."],
    };
    const said = appearedText(look, appeared);
    expect(said).toContain("1 finding appeared; 1 finding was there before");
    expect(said).toMatch(
      /first seen 2026-11-21T11:30:02Z; created by al.*ice at 2026-11-21T11:30:00Z from 192\.0\.2\.7/,
    );
    expect(said).not.toContain("\u001b[31m");
    expect(said).toContain("What went away since");
    expect(said).toContain("fails: 1 new finding at high or above");
    expect(appearedJson(look, appeared)).toMatchObject({
      counting: 1,
      earlier: 1,
      appeared: [{ id, firstSeen: "2026-11-21T11:30:02.000Z", changed: { verb: "create" } }],
    });
  });
});

test("the order of objects changes nothing", () => {
  const pieces = (text + exception).split("---\n");
  const turned = looking({}, pieces.toReversed().join("---\n"));
  const ids = (look: Look): string[] => postureReport(look.evaluation).findings.map(({ id }) => id);
  expect(ids(turned)).toEqual(ids(looking()));
});
