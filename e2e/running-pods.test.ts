import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Pod } from "@bulkhead/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bulkhead, type Ran, startInstance, type TestInstance, until, whyNot } from "./instance/instance.ts";
import { openShop } from "./instance/shop.ts";
import { applied, restricted, told } from "./instance/tool-pod.ts";

const reason = whyNot();
const flaw = "CVE-2099-1234";
const isolated = "security.bulkhead.dev/Isolated";

/** As Debian's tracker publishes it. */
const tracker = (name: string): object => {
  const release = { status: "resolved", repositories: { forky: "99:1" }, fixed_version: "99:1", urgency: "high" };
  return { [name]: { [flaw]: { description: "made up", releases: { forky: release, sid: release } } } };
};

describe.skipIf(reason !== undefined)(
  `what becomes of pods that fall out of policy${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  () => {
    let instance: TestInstance;
    let folder: string;

    beforeAll(async () => {
      instance = await startInstance();
      folder = await mkdtemp(join(tmpdir(), "bulkhead-running-"));
      await openShop(instance);
    });
    afterAll(async () => {
      await instance?.remove();
      if (folder !== undefined) await rm(folder, { recursive: true });
    });

    const advisories = (...words: string[]): Promise<Ran> => bulkhead("advisories", ...words, "--root", instance.root);
    const why = (from: string, to: string, port: string): Promise<Ran> =>
      bulkhead("why", "traffic", from, to, port, "--root", instance.root);
    const policy = (runningPods: string): Promise<unknown> =>
      applied(instance, [
        {
          apiVersion: "security.bulkhead.dev/v1alpha1",
          kind: "ImageTrustPolicy",
          metadata: { name: "patched" },
          spec: {
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "shop" } },
            allow: [{ registry: "*", repositories: ["shop/*"] }],
            vulnerabilities: { highest: "Low" },
            runningPods,
          },
        },
      ]);
    const pods = async (): Promise<readonly Pod[]> =>
      (JSON.parse(await told(instance, "-n", "shop", "get", "pods", "-o", "json")) as { items: Pod[] }).items;
    /** `web=True`: each pod's word for a condition, sorted. */
    const conditions = async (type = isolated): Promise<string> =>
      (await pods())
        .map(({ metadata, status }) => {
          const found = status?.conditions?.find((c) => c.type === type);
          return `${(metadata.name ?? "").split("-")[0]}=${found?.status ?? "-"}`;
        })
        .sort()
        .join(" ");

    const become = async (wanted: string, seconds: number): Promise<void> =>
      expect(
        await until(
          () => conditions(),
          (all) => all === wanted,
          seconds,
        ),
      ).toBe(wanted);

    test("a program that no image holds is told, and its pod ended for good where a ResponsePolicy says so", async () => {
      const named = "jsonpath={.spec.template.spec.containers[0].image}";
      const image = await told(instance, "-n", "shop", "get", "deployment", "api", "-o", named);
      const intrusion = [
        'const fs = require("node:fs");',
        'fs.copyFileSync(process.execPath, "/tmp/dropped");',
        'fs.chmodSync("/tmp/dropped", 0o755);',
        'require("node:child_process").spawn("/tmp/dropped", ["-e", "setInterval(() => {}, 1000)"]);',
        "setInterval(() => {}, 1000);",
      ].join(" ");
      const metadata = { name: "intruded", namespace: "signals" };
      await told(instance, "create", "namespace", "signals");
      await applied(instance, [
        {
          apiVersion: "v1",
          kind: "Pod",
          metadata,
          spec: {
            containers: [
              {
                name: "c",
                image,
                command: ["/usr/bin/node", "-e", intrusion],
                securityContext: restricted,
                volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
              },
            ],
            volumes: [{ name: "tmp", emptyDir: {} }],
          },
        },
      ]);
      const signalled = ["get", "events", "--field-selector", "reason=ProgramNotInImage"];
      const events = (): Promise<string> =>
        told(instance, "-n", "signals", ...signalled, "-o", "jsonpath={.items[*].message}");
      const first = await until(events, (message) => message !== "", 60);
      expect(first).toMatch(
        /container c runs \/tmp\/dropped, which lies on the volume at \/tmp.*It is told and goes on/,
      );
      await applied(instance, [
        {
          apiVersion: "security.bulkhead.dev/v1alpha1",
          kind: "ResponsePolicy",
          metadata: { name: "signals" },
          spec: { mode: "Enforce", rules: [{ signals: ["ProgramNotInImage"], action: "Stop" }] },
        },
      ]);
      const form = "jsonpath={.status.phase} {.status.reason} {.status.containerStatuses[0].restartCount}";
      const state = (): Promise<string> => told(instance, "-n", "signals", "get", "pod", "intruded", "-o", form);
      expect(await until(state, (word) => word.startsWith("Failed"), 60)).toBe("Failed Stopped 0");
      await told(instance, "delete", "responsepolicy", "signals");
      await told(instance, "delete", "namespace", "signals");
    });

    test("a token that leaves its pod is told with names, and opens nothing once the pod is isolated or gone", async () => {
      const space = "identities";
      const named = "jsonpath={.spec.template.spec.containers[0].image}";
      const image = await told(instance, "-n", "shop", "get", "deployment", "api", "-o", named);
      const topology = await readFile(join(instance.root, "run", "topology.json"), "utf8");
      const { apiAddress } = (JSON.parse(topology) as { layout: { apiAddress: string } }).layout;
      const script = [
        'const fs = require("node:fs"), https = require("node:https");',
        'const at = "/var/run/secrets/kubernetes.io/serviceaccount/";',
        `const ask = () => https.get({ host: "${apiAddress}", servername: "kubernetes.default.svc", path: "/api/v1/namespaces/${space}/services",`,
        '  ca: fs.readFileSync(at + "ca.crt"), headers: { authorization: "Bearer " + fs.readFileSync(at + "token", "utf8") } },',
        '  (r) => { console.log("answered " + r.statusCode); r.resume(); }).on("error", (e) => console.log(e.message));',
        "setInterval(ask, 500);",
      ].join("\n");
      await told(instance, "create", "namespace", space);
      await told(
        instance,
        "-n",
        space,
        "create",
        "rolebinding",
        "looks",
        "--clusterrole=view",
        `--serviceaccount=${space}:default`,
      );
      await applied(instance, [
        {
          apiVersion: "networking.k8s.io/v1",
          kind: "NetworkPolicy",
          metadata: { name: "api", namespace: space },
          spec: {
            podSelector: {},
            policyTypes: ["Egress"],
            egress: [{ to: [{ ipBlock: { cidr: `${apiAddress}/32` } }], ports: [{ port: 443 }] }],
          },
        },
        {
          apiVersion: "security.bulkhead.dev/v1alpha1",
          kind: "ResponsePolicy",
          metadata: { name: space },
          spec: {
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": space } },
            mode: "Enforce",
            rules: [{ signals: ["TokenUsedElsewhere"], action: "Isolate" }],
          },
        },
        {
          apiVersion: "v1",
          kind: "Pod",
          metadata: { name: "looker", namespace: space },
          spec: {
            terminationGracePeriodSeconds: 0,
            automountServiceAccountToken: true,
            containers: [{ name: "c", image, command: ["/usr/bin/node", "-e", script], securityContext: restricted }],
          },
        },
      ]);
      const logs = async (): Promise<string> => (await instance.kubectl("-n", space, "logs", "looker")).stdout;
      await told(instance, "-n", space, "wait", "--for=condition=Ready", "pod/looker", "--timeout=60s");
      expect(await until(logs, (all) => all.split("answered 200").length > 14, 30)).not.toMatch(/answered [345]/);
      const form = "jsonpath={range .items[*]}{.reason} {.message}{'\\n'}{end}";
      const signals = async (): Promise<string> =>
        (await told(instance, "-n", space, "get", "events", "-o", form))
          .split("\n")
          .filter((line) => /^(Token|Identity)/.test(line))
          .join("\n");
      // It has asked for seven seconds, and what is odd is judged after five.
      expect(await signals()).toBe("");
      const token = await told(
        instance,
        "-n",
        space,
        "exec",
        "looker",
        "--",
        "/usr/bin/node",
        "-e",
        'process.stdout.write(require("node:fs").readFileSync("/var/run/secrets/kubernetes.io/serviceaccount/token"))',
      );
      const stolen = (): Promise<Ran> =>
        instance.kubectl(
          "--kubeconfig=/dev/null",
          `--server=https://127.0.0.1:${instance.port}`,
          "--insecure-skip-tls-verify",
          `--token=${token}`,
          "-n",
          space,
          "get",
          "pods",
          "-o",
          "name",
        );
      expect((await stolen()).stdout).toBe("pod/looker\n");
      const first = await until(signals, (all) => all !== "", 30);
      expect(first).toMatch(
        /^TokenUsedElsewhere a token of ServiceAccount default that was given to this pod was used from 127\.0\.0\.1 to list pods, but the pod has 10\..*Image .*The pod is isolated/,
      );
      expect(await until(stolen, ({ code }) => code !== 0, 20)).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/Unauthorized|logged in/) as string,
      });
      await told(instance, "-n", space, "delete", "pod", "looker");
      expect((await stolen()).code).toBe(1);
      expect(await until(signals, (all) => all.includes("TokenOfGonePod"), 20)).toMatch(
        /^TokenOfGonePod a token of ServiceAccount default .* was shown from 127\.0\.0\.1 after the pod was gone, and refused.*Image /m,
      );
      await told(instance, "delete", "responsepolicy", space);
      await told(instance, "delete", "namespace", space);
    });

    test("a refresh that would put all that runs out of policy is held, and accepted by a person", async () => {
      await writeFile(join(folder, "tracker.json"), JSON.stringify(tracker("nonesuch")));
      expect(await advisories("import", folder)).toMatchObject({ code: 0 });
      await until(
        () => advisories("status"),
        ({ stdout }) => stdout.includes("Images are decided by these advisories"),
        120,
      );
      await until(
        () => told(instance, "get", "imagereports", "-o", "jsonpath={.items[*].report.sources[*].name}"),
        (names) => names.split(" ").length === 3,
        180,
      );
      await policy("Isolate");
      await writeFile(join(folder, "tracker.json"), JSON.stringify({ ...tracker("nonesuch"), ...tracker("glibc") }));
      expect(await advisories("import", folder)).toMatchObject({ code: 0 });
      const held = await until(
        () => advisories("status"),
        ({ stdout }) => stdout.includes("HELD"),
        120,
      );
      expect(held.code).toBe(1);
      expect(held.stdout).toContain("it would newly refuse 3 of 3 running images");
      expect(held.stdout).toContain(`${flaw} in libc6`);
      expect(await conditions()).toBe("api=- db=- web=-");
      expect(await advisories("accept", "--reason", "the vendor says so")).toMatchObject({
        code: 0,
        stdout: expect.stringContaining("Accepted") as string,
      });
    });

    test("they are isolated, told of, not restarted, and the reason stands in the answer to why", async () => {
      await become("api=True db=True web=True", 120);
      const which = ["get", "events", "--field-selector", "reason=ImageOutOfPolicy"];
      const form = "jsonpath={range .items[*]}{.involvedObject.name} {.message}{'\\n'}{end}";
      const events = await told(instance, "-n", "shop", ...which, "-o", form);
      expect(events.trim().split("\n")).toHaveLength(3);
      const answer = await until(
        () => why("shop/web", "shop/api", "8080"),
        ({ code }) => code === 1,
      );
      expect(answer.stdout).toContain("is isolated since");
      expect(answer.stdout).toContain(`--value ${flaw}`);
      expect(answer.stdout).toContain("bulkhead allow network isolated --for deployment/web -n shop");
      const restarts = (await pods()).map((pod) => pod.status?.containerStatuses?.[0]?.restartCount);
      expect(restarts).toEqual([0, 0, 0]);
      const report = await until(
        () => told(instance, "get", "imagereports", "-o", "jsonpath={.items[*].report.outOfPolicy[*].action}"),
        (actions) => actions === "Isolate Isolate Isolate",
        120,
      );
      expect(report).toBe("Isolate Isolate Isolate");
    });

    test("an Exception brings back the one that it names", async () => {
      const words = ["image", "vulnerability", "--for", "deployment/web", "-n", "shop", "--value", flaw];
      expect(await bulkhead("allow", ...words, "--reason", "a test", "--root", instance.root)).toMatchObject({
        code: 0,
      });
      await become("api=True db=True web=False", 60);
    });

    test("Replace gives the network back and says where nothing will come", async () => {
      await policy("Replace");
      await become("api=False db=False web=False", 60);
      expect(await conditions("security.bulkhead.dev/ReplacementWanted")).toBe("api=True db=True web=-");
      const events = await until(
        () => told(instance, "-n", "shop", "get", "events", "--field-selector", "reason=NoReplacement", "-o", "name"),
        (names) => names.trim().split("\n").length === 2,
      );
      expect(events.trim().split("\n")).toHaveLength(2);
      const again = await until(
        () => why("shop/api", "shop/db", "5432"),
        ({ code }) => code === 0,
      );
      expect(again.stdout).toContain("yes");
    });
  },
);
