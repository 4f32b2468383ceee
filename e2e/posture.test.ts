import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Deployment } from "@bulkhead/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bulkhead, type Ran, startInstance, type TestInstance, whyNot } from "./instance/instance.ts";
import { pushToolImage } from "./instance/test-image.ts";
import { applied, told, toolPodSpec } from "./instance/tool-pod.ts";
import { freshVisit, visitors } from "./instance/visitors.ts";

const reason = whyNot();
const namespace = "risky";

interface Found {
  readonly id: string;
  readonly control: string;
  readonly outcome: string;
  readonly severity: string;
  readonly object: { readonly kind: string; readonly namespace?: string; readonly name: string };
  readonly command?: string;
}

interface Told {
  readonly findings: readonly Found[];
  readonly counting: number;
  readonly controls: readonly { readonly id: string; readonly passed: number }[];
}

describe.skipIf(reason !== undefined)(
  `posture of a real instance${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  () => {
    let instance: TestInstance;
    let folder: string;

    const posture = (...words: string[]): Promise<Ran> => bulkhead("posture", ...words, "--root", instance.root);
    const found = async (...words: string[]): Promise<Told> => {
      const { stdout, code, stderr } = await posture("list", "-o", "json", ...words);
      if (code === 2) throw new Error(stderr);
      return JSON.parse(stdout) as Told;
    };
    const on = ({ findings }: Told, control: string): readonly Found[] =>
      findings.filter((finding) => finding.control === control && finding.object.namespace === namespace);
    const web = async (name = "web"): Promise<Deployment> =>
      JSON.parse(
        await told(instance, "-n", namespace, "get", "deployment", name, "--show-managed-fields", "-o", "json"),
      ) as Deployment;

    beforeAll(async () => {
      instance = await startInstance();
      folder = await mkdtemp(join(tmpdir(), "bulkhead-posture-"));
      const image = await pushToolImage(instance);
      expect(
        await bulkhead(
          "allow",
          "node",
          "privileged-namespace",
          namespace,
          "--root",
          instance.root,
          "--reason",
          "to be mended",
        ),
      ).toMatchObject({ code: 0 });
      const privileged = { securityContext: { privileged: true } };
      const asRoot = { securityContext: { privileged: true, runAsUser: 0 } };
      const deployment = (name: string, command: readonly string[], container: object): object => ({
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name, namespace },
        spec: {
          selector: { matchLabels: { app: name } },
          template: {
            metadata: { labels: { app: name } },
            spec: { ...toolPodSpec({ image, command, container }), securityContext: {} },
          },
        },
      });
      await applied(instance, [
        {
          apiVersion: "v1",
          kind: "Namespace",
          metadata: { name: namespace, labels: { "pod-security.kubernetes.io/enforce": "privileged" } },
        },
        deployment("web", ["/usr/bin/sleep", "86400"], privileged),
        // Ends at once unless it may write to its root.
        deployment("writer", ["/usr/bin/sh", "-c", "echo here > /here && exec sleep 86400"], asRoot),
      ]);
      await told(instance, "-n", namespace, "wait", "deployment/web", "--for=condition=Available", "--timeout=90s");
    });
    afterAll(async () => {
      await instance?.remove();
      if (folder !== undefined) await rm(folder, { recursive: true });
    });

    test("a bad workload is found, and the first screen says what to do first and what is not known", async () => {
      const all = await found();
      expect(on(all, "workload-privileged").map(({ object, outcome }) => [object.name, outcome])).toContainEqual([
        "web",
        "fail",
      ]);
      const screen = await posture();
      expect(screen.code).toBe(1);
      expect(screen.stdout).toContain("Do these first");
      expect(screen.stdout).toContain("Not known");
      expect(screen.stdout).toMatch(/fails.*: \d+ findings? at high or above/);
      // No object of ours raises an alarm that nobody can act on.
      expect(all.findings.filter(({ outcome }) => outcome === "error")).toEqual([]);
    });

    test("forms for machines: SARIF with fingerprints, JUnit with what is not known skipped, OSCAL", async () => {
      const sarif = JSON.parse((await posture("list", "-o", "sarif")).stdout) as {
        version: string;
        runs: {
          results: { ruleId: string; ruleIndex: number; partialFingerprints: object }[];
          tool: { driver: { rules: { id: string }[] } };
        }[];
      };
      expect(sarif.version).toBe("2.1.0");
      const [run] = sarif.runs;
      expect(run?.results.length).toBeGreaterThan(0);
      for (const { ruleId, ruleIndex } of run?.results ?? [])
        expect(run?.tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
      expect((await posture("list", "-o", "junit")).stdout).toMatch(/<failure [^>]*type="critical"/);
      expect((await posture("list", "-o", "oscal")).stdout).toContain('"oscal-version": "1.1.3"');
    });

    test("names mistyped are told, with the nearest right one, and exit with 2", async () => {
      for (const [words, near] of [
        [["list", "--control", "workload-privilegd"], "workload-privileged"],
        [["list", "--area", "workload"], "workloads"],
        [["list", "-n", "risk"], namespace],
        [["show", "workload-privilegd"], "workload-privileged"],
        [["fix", "workload-privilegd"], "workload-privileged"],
      ] as const) {
        const ran = await posture(...words);
        expect(ran).toMatchObject({ code: 2 });
        expect(ran.stderr).toContain(`did you mean ${near}?`);
      }
    });

    test("since a time: what appeared, who made it, and what nobody can say", async () => {
      const asked = (): Promise<Ran> => posture("diff", "--since", "1h", "--object", "deployment/web");
      let said = await asked();
      // The controller writes its report some seconds after the change.
      for (let more = 10; more > 0 && !said.stdout.includes("workload-privileged"); more -= 1) said = await asked();
      expect(said).toMatchObject({ code: 1, stderr: "" });
      expect(said.stdout).toMatch(
        /critical {2}workload-privileged {2}Deployment risky\/web .*\n.*first seen .*; created by kubernetes-admin at .* from 127\.0\.0\.1/,
      );
      expect(said.stdout).toContain("What went away since");
    });

    test("a fix is shown and changes nothing; put in, it is watched and the finding is gone", async () => {
      const before = await web();
      const plan = await posture("fix", "workload-privileged", "--object", "deployment/web");
      expect(plan).toMatchObject({ code: 0 });
      expect(plan.stdout).toMatch(/^\+\s+privileged: false$/m);
      expect((await web()).metadata.resourceVersion).toBe(before.metadata.resourceVersion);

      const done = await posture(
        "fix",
        "workload-privileged",
        "--object",
        "deployment/web",
        "--apply",
        "--yes",
        "--soak",
        "2",
      );
      expect(done).toMatchObject({ code: 0 });
      expect(done.stdout).toMatch(/kept .*Deployment risky\/web.* gone, all stayed well/);
      const after = await web();
      expect(after.spec?.template.spec?.containers[0]?.securityContext?.privileged).toBe(false);
      expect(after.metadata.managedFields?.map(({ manager }) => manager)).toContain("bulkhead-posture");
      expect(on(await found(), "workload-privileged").filter(({ object }) => object.name === "web")).toEqual([]);
    });

    test("a fix that hurts is taken back, and said", async () => {
      await told(instance, "-n", namespace, "wait", "deployment/writer", "--for=condition=Available", "--timeout=60s");
      const before = await web("writer");
      const words = ["fix", "workload-writable-root", "--object", "deployment/writer", "--even-if-it-breaks"];
      const done = await posture(...words, "--apply", "--yes", "--soak", "5");
      expect(done.stdout).toMatch(/taken back .*Deployment risky\/writer/);
      expect(done.code).toBe(1);
      const after = await web("writer");
      expect(after.spec?.template).toEqual(before.spec?.template);
    });

    test("under load a fix goes in and one that breaks the app comes back by itself, and no request is lost", async () => {
      const image = (await web()).spec?.template.spec?.containers[0]?.image ?? "";
      const script = [
        "echo a brass lantern > /index.html || exit 1",
        // Whoever is told to go answers until traffic has found its way elsewhere.
        "trap 'sleep 4; exit 0' TERM",
        "httpd -f -p 8080 -h / & wait $!",
      ].join("\n");
      const container = {
        ports: [{ name: "http", containerPort: 8080 }],
        readinessProbe: { tcpSocket: { port: "http" }, periodSeconds: 1 },
        securityContext: { privileged: true, runAsUser: 0 },
      };
      const labels = { app: "front" };
      await applied(instance, [
        {
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { name: "front", namespace },
          spec: {
            replicas: 2,
            strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
            selector: { matchLabels: labels },
            template: {
              metadata: { labels },
              spec: {
                ...toolPodSpec({ image, command: ["/usr/bin/sh", "-c", script], grace: 10, container }),
                securityContext: {},
                hostIPC: true,
              },
            },
          },
        },
        {
          apiVersion: "v1",
          kind: "Service",
          metadata: { name: "front", namespace },
          spec: { selector: labels, ports: [{ port: 80, targetPort: "http" }] },
        },
        {
          apiVersion: "networking.k8s.io/v1",
          kind: "NetworkPolicy",
          metadata: { name: "front", namespace },
          spec: { podSelector: { matchLabels: labels }, ingress: [{ ports: [{ port: "http" }] }] },
        },
      ]);
      await told(instance, "-n", namespace, "rollout", "status", "deployment/front", "--timeout=90s");
      const address = await told(
        instance,
        "-n",
        namespace,
        "get",
        "service",
        "front",
        "-o",
        "jsonpath={.spec.clusterIP}",
      );
      const leave = visitors(freshVisit(`http://${address}/`, "brass lantern"));
      const fix = (...controls: string[]): Promise<Ran> =>
        posture(
          "fix",
          ...controls,
          "--object",
          "deployment/front",
          "--even-if-it-breaks",
          "--apply",
          "--yes",
          "--soak",
          "3",
        );
      const good = await fix("workload-privileged", "workload-host-ipc", "workload-seccomp-missing");
      const broken = await fix("workload-writable-root");
      const { answered, lost } = await leave();
      expect(good.stdout).toMatch(/kept .*Deployment risky\/front.* gone, all stayed well/);
      expect(good.code).toBe(0);
      expect(broken.stdout).toMatch(/taken back .*Deployment risky\/front/);
      expect(broken.code).toBe(1);
      const { spec } = (await web("front")).spec?.template ?? {};
      expect(spec?.hostIPC ?? false).toBe(false);
      expect(spec?.containers[0]?.securityContext).toMatchObject({ privileged: false });
      expect(spec?.containers[0]?.securityContext?.readOnlyRootFilesystem).toBeUndefined();
      expect(lost).toEqual([]);
      expect(answered).toBeGreaterThan(100);
      await told(instance, "-n", namespace, "delete", "deployment,service,networkpolicy", "front");
    });

    test("what Helm owns is left to Helm", async () => {
      await told(instance, "-n", namespace, "label", "deployment/writer", "app.kubernetes.io/managed-by=Helm");
      const plan = await posture("fix", "workload-privileged", "--object", "deployment/writer");
      expect(plan.stdout).toContain("Not ours to change: 1");
      expect(plan.stdout).toContain("Helm writes it from a source of its own");
    });

    test("an exception accepts a finding by the command that the finding prints", async () => {
      const [finding] = on(await found("--object", "deployment/writer"), "workload-privileged");
      expect(finding?.command).toContain("bulkhead allow posture workload-privileged --for deployment/writer -n risky");
      const words = [
        "workload-privileged",
        "--for",
        "deployment/writer",
        "-n",
        namespace,
        "--reason",
        "moves out next week",
      ];
      expect(await bulkhead("allow", "posture", ...words, "--root", instance.root)).toMatchObject({ code: 0 });
      const [now] = on(await found("--object", "deployment/writer"), "workload-privileged");
      expect(now?.outcome).toBe("accepted");
      const unknown = await bulkhead(
        "allow",
        "posture",
        "workload-privilegd",
        ...words.slice(1),
        "--root",
        instance.root,
      );
      expect(unknown).toMatchObject({ code: 2 });
      expect(unknown.stderr).toContain("did you mean workload-privileged?");
    });

    test("beside a baseline only what is new counts", async () => {
      const file = join(folder, "posture.json");
      expect(await posture("--write-baseline", file)).toMatchObject({ code: 0 });
      expect(JSON.parse(await readFile(file, "utf8"))).toMatchObject({ bulkheadPostureBaseline: 1 });
      expect((await found("--baseline", file)).counting).toBe(0);
      expect(await posture("--baseline", file)).toMatchObject({ code: 0 });
    });

    test("manifests are judged without a cluster, and mended by a patch", async () => {
      const file = join(folder, "pod.yaml");
      await writeFile(
        file,
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, namespace: b}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: c # the only one\n        image: x/y\n        securityContext:\n          privileged: true\n",
      );
      const list = await bulkhead("posture", "list", "--from", file, "-o", "json");
      expect(list.code).toBe(1);
      const [finding] = (JSON.parse(list.stdout) as { findings: { control: string; place: object }[] }).findings.filter(
        ({ control }) => control === "workload-privileged",
      );
      expect(finding?.place).toEqual({ file, line: 13 });
      const patch = await bulkhead("posture", "fix", "workload-privileged", "--from", file, "--git-patch");
      expect(patch.code).toBe(0);
      expect(patch.stdout).toContain("-          privileged: true\n+          privileged: false\n");
      expect(await bulkhead("posture", "--from", file, "--root", "/nowhere")).toMatchObject({ code: 2 });
    });

    test("an organisation's own controls, accepting what is in no namespace, and how it all stood since", async () => {
      const asked = new Date().toISOString();
      const spec = {
        title: "Namespaces have an owner",
        attack: "Nobody answers for it.",
        severity: "medium",
        severityBecause: "somebody is found in the end",
        match: { kinds: ["Namespace"] },
        expression: "has(object.metadata.labels) && 'owner' in object.metadata.labels",
        field: "metadata.labels",
        message: "nobody owns it",
      };
      const own = (name: string, change: object): object => ({
        apiVersion: "security.bulkhead.dev/v1alpha1",
        kind: "PostureControl",
        metadata: { name },
        spec: { ...spec, ...change },
      });
      await applied(instance, [
        own("owned-namespaces", {}),
        own("broken-control", { expression: "object." }),
        {
          apiVersion: "security.bulkhead.dev/v1alpha1",
          kind: "BriefSchedule",
          metadata: { name: "weekly" },
          spec: { schedule: "0 8 * * 1", webhook: { url: "https://169.254.169.254/" } },
        },
      ]);
      const all = await found();
      expect(all.findings.filter(({ control }) => control === "broken-control")).toMatchObject([
        { outcome: "error", object: { kind: "PostureControl", name: "broken-control" } },
      ]);
      const [finding] = all.findings.filter(
        ({ control, object }) => control === "owned-namespaces" && object.name === namespace,
      );
      expect(finding?.command).toContain(`bulkhead allow posture owned-namespaces --for namespace/${namespace} `);
      const words = ["owned-namespaces", "--for", `namespace/${namespace}`, "--reason", "it goes soon"];
      expect(await bulkhead("allow", "posture", ...words, "--root", instance.root)).toMatchObject({ code: 0 });
      const now = await found("--control", "owned-namespaces");
      expect(now.findings.find(({ object }) => object.name === namespace)?.outcome).toBe("accepted");
      // The controller says the same, each on its own object.
      for (const [name, status] of [
        ["owned-namespaces", "True"],
        ["broken-control", "False"],
      ] as const)
        await told(instance, "wait", `posturecontrol/${name}`, `--for=condition=Accepted=${status}`, "--timeout=60s");
      await told(instance, "wait", "briefschedule/weekly", "--for=condition=Accepted", "--timeout=30s");
      const over = await bulkhead("compliance", "pss", "--since", asked, "-o", "json", "--root", instance.root);
      expect(over.stderr).toBe("");
      const { over: record } = JSON.parse(over.stdout) as { over: { doubts: string[]; from: string } };
      expect(record).toMatchObject({ doubts: [], from: asked });
      await told(instance, "delete", "posturecontrol", "--all");
    });

    test("words of the field are explained, and controls with what they mean here", async () => {
      expect((await bulkhead("explain", "rbac")).stdout).toContain("who may do what");
      const card = await bulkhead("explain", "workload-privileged", "--root", instance.root);
      expect(card).toMatchObject({ code: 0 });
      expect(card.stdout).toContain("MITRE ATT&CK");
      expect(card.stdout).toContain("Here");
      expect(await bulkhead("explain", "privilegd")).toMatchObject({ code: 2 });
    });
  },
);
