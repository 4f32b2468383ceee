import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Pod } from "@bulkhead/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bulkhead, type Ran, startInstance, type TestInstance, until, whyNot } from "./instance/instance.ts";
import { intrusion, toldOfIntrusion } from "./instance/intrusion.ts";
import { openShop } from "./instance/shop.ts";
import { applied, restricted, told } from "./instance/tool-pod.ts";

const reason = whyNot();
const flaw = "CVE-2099-1234";
const isolated = "security.bulkhead.dev/Isolated";
/** Seconds in which it is learned what a pod's identity is used for. */
const learning = 45;

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
      await learnFor(learning);
      await openShop(instance);
      await openIdentities();
    });
    afterAll(async () => {
      await instance?.remove();
      if (folder !== undefined) await rm(folder, { recursive: true });
    });

    /** The machine's own API server begins anew with it. */
    async function learnFor(seconds: number): Promise<void> {
      const file = join(instance.root, "instance.json");
      const config = JSON.parse(await readFile(file, "utf8")) as object;
      await writeFile(file, JSON.stringify({ ...config, learningHours: seconds / 3600 }));
      const pid = async (): Promise<number | undefined> => {
        const state = JSON.parse(await readFile(join(instance.root, "run", "processes.json"), "utf8")) as {
          processes: { name: string; identity?: { pid: number } }[];
        };
        return state.processes.find(({ name }) => name === "apiserver")?.identity?.pid;
      };
      const before = await pid();
      if (before === undefined) throw new Error("no API server runs");
      process.kill(before, "SIGTERM");
      await until(pid, (now) => now !== undefined && now !== before, 30);
      await until(
        () => instance.kubectl("get", "--raw", "/readyz"),
        ({ code }) => code === 0,
        60,
      );
    }

    const shopImage = (): Promise<string> =>
      told(
        instance,
        "-n",
        "shop",
        "get",
        "deployment",
        "api",
        "-o",
        "jsonpath={.spec.template.spec.containers[0].image}",
      );

    const apiAddress = async (): Promise<string> => {
      const topology = await readFile(join(instance.root, "run", "topology.json"), "utf8");
      return (JSON.parse(topology) as { layout: { apiAddress: string } }).layout.apiAddress;
    };

    const space = "identities";
    /** What a pod does that asks the API for something with its own token. */
    const asking = (address: string, resource: string): string =>
      [
        'const fs = require("node:fs"), https = require("node:https");',
        'const at = "/var/run/secrets/kubernetes.io/serviceaccount/";',
        `const ask = () => https.get({ host: "${address}", servername: "kubernetes.default.svc", path: "/api/v1/namespaces/${space}/${resource}",`,
        '  ca: fs.readFileSync(at + "ca.crt"), headers: { authorization: "Bearer " + fs.readFileSync(at + "token", "utf8") } },',
        '  (r) => { console.log("answered " + r.statusCode); r.resume(); }).on("error", (e) => console.log(e.message));',
      ].join("\n");

    /** A pod that asks the API for the same again and again, from the beginning: by the time that it is looked at it is learned. */
    async function openIdentities(): Promise<void> {
      const image = await shopImage();
      const address = await apiAddress();
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
            egress: [{ to: [{ ipBlock: { cidr: `${address}/32` } }], ports: [{ port: 443 }] }],
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
            containers: [
              {
                name: "c",
                image,
                command: ["/usr/bin/node", "-e", `${asking(address, "services")}\nsetInterval(ask, 500);`],
                securityContext: restricted,
              },
            ],
          },
        },
      ]);
    }

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

    test("what an intruder does is told step by step, with what is behind it; its pod is replaced, and ended, where that is asked for", async () => {
      const space = "signals";
      await told(instance, "create", "namespace", space);
      await told(instance, "label", "namespace", space, "pod-security.kubernetes.io/enforce=baseline", "--overwrite");
      const respond = (mode: string, action: string): Promise<unknown> =>
        applied(instance, [
          {
            apiVersion: "security.bulkhead.dev/v1alpha1",
            kind: "ResponsePolicy",
            metadata: { name: space },
            spec: { mode, rules: [{ signals: ["UndeclaredListener"], action }] },
          },
        ]);
      await respond("DryRun", "Replace");
      const labels = { app: "lab" };
      await applied(instance, [
        {
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { name: "lab", namespace: space },
          spec: {
            selector: { matchLabels: labels },
            template: {
              metadata: { labels },
              spec: {
                terminationGracePeriodSeconds: 0,
                containers: [
                  {
                    name: "c",
                    image: await shopImage(),
                    command: ["/usr/bin/node", "-e", intrusion],
                    securityContext: { runAsUser: 0 },
                    volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
                  },
                ],
                volumes: [{ name: "tmp", emptyDir: {} }],
              },
            },
          },
        },
      ]);
      const form = "jsonpath={range .items[*]}{.reason} {.message}{'\\n'}{end}";
      const events = async (): Promise<string[]> =>
        (await told(instance, "-n", space, "get", "events", "-o", form)).split("\n");
      const signals = async (): Promise<string[]> => {
        const all = await events();
        return toldOfIntrusion.filter((each) => {
          const [signal = "", value = ""] = each.split(" ");
          const [at, protocol] = value.split("/");
          const shown = value.startsWith("/") ? value : `:${at}${protocol === "UDP" ? " (UDP)" : ","}`;
          return all.some((line) => line.startsWith(`${signal} `) && line.includes(shown));
        });
      };
      const seen = await until(signals, (all) => all.length === toldOfIntrusion.length, 100);
      expect(seen).toEqual(toldOfIntrusion);
      const all = await events();
      expect(all).toContainEqual(
        expect.stringMatching(
          /^ProgramNotInImage container c runs \/tmp\/stays, which lies on the volume at \/tmp.*Image \S+@sha256:\w+, of ReplicaSet lab-\w+\. It is told and goes on/,
        ),
      );
      expect(all).toContainEqual(
        expect.stringMatching(
          /^UndeclaredListener .*: ResponsePolicy signals asks for Replace \(DryRun: it is only told\)/,
        ),
      );
      const pod = (): Promise<string> =>
        told(instance, "-n", space, "get", "pods", "-l", "app=lab", "-o", "jsonpath={.items[*].metadata.name}");
      const first = await pod();
      await respond("Enforce", "Replace");
      expect(await until(pod, (names) => names !== "" && !names.split(" ").includes(first), 60)).not.toContain(first);
      await respond("Enforce", "Stop");
      const state =
        "jsonpath={range .items[*]}{.status.phase} {.status.reason} {.status.containerStatuses[0].restartCount};{end}";
      const stopped = await until(
        () => told(instance, "-n", space, "get", "pods", "-l", "app=lab", "-o", state),
        (states) => states.includes("Failed"),
        60,
      );
      expect(stopped).toContain("Failed Stopped 0;");
      await told(instance, "delete", "responsepolicy", space);
      await told(instance, "delete", "namespace", space);
    });

    test("what a pod never asked for is told; a token that leaves its pod too, and it opens nothing once the pod is isolated or gone", async () => {
      const logs = async (): Promise<string> => (await instance.kubectl("-n", space, "logs", "looker")).stdout;
      await told(instance, "-n", space, "wait", "--for=condition=Ready", "pod/looker", "--timeout=60s");
      expect(await until(logs, (all) => all.split("answered 200").length > 14, 30)).not.toMatch(/answered [345]/);
      const form = "jsonpath={range .items[*]}{.reason} {.message}{'\\n'}{end}";
      const signals = async (): Promise<string> =>
        (await told(instance, "-n", space, "get", "events", "-o", form))
          .split("\n")
          .filter((line) => /^(Token|Identity)/.test(line))
          .join("\n");
      const made = Date.parse(
        await told(instance, "-n", space, "get", "pod", "looker", "-o", "jsonpath={.metadata.creationTimestamp}"),
      );
      // It has asked for seven seconds, and what is odd is judged after five.
      await until(
        async () => Date.now() - made,
        (age) => age > (learning + 6) * 1000,
        learning + 10,
      );
      expect(await signals()).toBe("");
      const anew = `${asking(await apiAddress(), "configmaps")}\nask();`;
      await told(instance, "-n", space, "exec", "looker", "--", "/usr/bin/node", "-e", anew);
      expect(await until(signals, (all) => all !== "", 30)).toMatch(
        /^IdentityUsedAnew the pod asked as ServiceAccount default to list configmaps.*Image .*It is told and goes on/,
      );
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
      const first = await until(signals, (all) => all.includes("TokenUsedElsewhere"), 30);
      expect(first).toMatch(
        /^TokenUsedElsewhere a token of ServiceAccount default that was given to this pod was used from 127\.0\.0\.1 to list pods, but the pod has 10\..*Image .*The pod is isolated/m,
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
