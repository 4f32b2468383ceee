import { createHmac } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bulkhead, type Ran, startInstance, type TestInstance, until, whyNot } from "../instance/instance.ts";
import { lackingAuthority } from "../instance/other-registry.ts";
import { pushToolImage } from "../instance/test-image.ts";
import { applied, asList, told, toolPod, toolPodSpec } from "../instance/tool-pod.ts";
import { startWebhook } from "../instance/webhook.ts";

const reason = whyNot();
const noAuthority = lackingAuthority();
const inSeconds = (seconds: number): string =>
  new Date(Date.now() + seconds * 1000).toISOString().replace(/\.\d+Z$/, "Z");

describe.skipIf(reason !== undefined)(
  `the node's own policy, told early and lifted for a while${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  () => {
    let instance: TestInstance;
    let image: string;
    const command = ["/bin/sleep", "600"];
    const own = (...words: string[]): Promise<Ran> => bulkhead(...words, "--root", instance.root);
    const pod = (name: string): object => toolPod({ namespace: "shop", image, command, name, spec: { hostPID: true } });
    const stateOf = (name: string): Promise<string> =>
      told(instance, "-n", "shop", "get", "pod", name, "-o", "jsonpath={.status.phase} {.status.message}");

    beforeAll(async () => {
      instance = await startInstance();
      image = await pushToolImage(instance);
      const labels = { "pod-security.kubernetes.io/enforce": "privileged" };
      await applied(instance, [{ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", labels } }]);
    });
    afterAll(() => instance?.remove());

    test("the machine tells what it is; an approval bears who asked; a policy that reports changes nothing", async () => {
      const parts = await readFile(join(instance.root, "parts", "parts.json"), "utf8");
      const offer = { name: "runc", version: "99:1.0-1", suite: "testing", since: inSeconds(-7200) };
      const offers = {
        format: 1,
        asked: inSeconds(0),
        suite: "testing",
        mirror: "none",
        security: true,
        offers: [offer],
      };
      await mkdir(join(instance.root, "currency"), { recursive: true });
      await writeFile(join(instance.root, "currency", "part-offers.json"), JSON.stringify(offers));
      const spec = { parts: ["runc"], approval: "All", cooldown: "1h", action: "Report" };
      const apiVersion = "security.bulkhead.dev/v1alpha1";
      await applied(instance, [{ apiVersion, kind: "CurrencyPolicy", metadata: { name: "careful" }, spec }]);
      const kept = await own("current", "keep", "-o", "json");
      expect([kept.code, kept.stderr]).toEqual([0, expect.any(String)]);
      expect(JSON.parse(kept.stdout)).toMatchObject({ acted: [], published: true });
      // How it is set up is judged by the posture controller, and no business of anybody else.
      const judged = ["get", "clusterreports", "-o", "jsonpath={.items[*].results[*].resources[*].kind}"];
      await until(
        () => told(instance, ...judged),
        (said) => said.includes("NodeFacts"),
      );
      // The first look verified the audit log, and saw kubectl work with the administrator's certificate.
      const published = JSON.parse(await told(instance, "get", "posturefacts", "-o", "json")) as {
        readonly items: readonly {
          readonly told: { readonly objects: readonly { readonly kind: string; readonly facts: object }[] };
        }[];
      };
      const facts = Object.assign(
        {},
        ...(published.items[0]?.told.objects ?? []).map(({ kind, facts: of }) => ({ [kind]: of })),
      );
      expect(facts).toMatchObject({
        AuditFacts: { verified: { value: { ok: true } }, checkpointsExported: { value: false } },
        ControlPlaneFacts: { mastersUsed: { value: true, where: expect.stringContaining("kubectl") as string } },
      });
      for (const kind of ["posturefacts", "changedigests"])
        expect((await instance.kubectl("--as", "bob", "auth", "can-i", "list", kind)).stdout.trim()).toBe("no");
      const decision = (): Promise<string> =>
        told(instance, "get", "currencysummary", "cluster", "-o", "jsonpath={.currency.plan[*]['decision','action']}");
      await until(decision, (said) => said === "needs-approval Report");
      const approved = await own("current", "approve", "runc", "--reason", "tried elsewhere", "-o", "json");
      expect(JSON.parse(approved.stdout)).toMatchObject({ version: "99:1.0-1", author: "kubernetes-admin" });
      const name = await told(instance, "get", "currencyapprovals", "-o", "jsonpath={.items[*].metadata.name}");
      const other = ["patch", "currencyapproval", name, "--type", "merge", "-p", '{"spec":{"author":"mallory"}}'];
      expect(await told(instance, ...other, "-o", "jsonpath={.spec.author}")).toBe("kubernetes-admin");
      await until(decision, (said) => said === "now Report");
      expect(JSON.parse((await own("current", "keep", "-o", "json")).stdout)).toMatchObject({ acted: [] });
      expect(await readFile(join(instance.root, "parts", "parts.json"), "utf8")).toBe(parts);
    });

    test.skipIf(noAuthority !== undefined)(
      `a brief is sent when asked for, signed, where root allows it, and says who changed what${noAuthority === undefined ? "" : ` (skipped: ${noAuthority})`}`,
      async () => {
        await using hook = await startWebhook();
        const webhook = { url: hook.url, caBundle: hook.caBundle, signature: { secretKey: "hmac" } };
        await applied(instance, [
          {
            apiVersion: "v1",
            kind: "Secret",
            metadata: { name: "bulkhead-brief", namespace: "kube-system" },
            stringData: { hmac: "not-a-secret" },
          },
          {
            apiVersion: "security.bulkhead.dev/v1alpha1",
            kind: "BriefSchedule",
            metadata: { name: "on-demand" },
            spec: { schedule: "0 8 1 1 *", form: "text", role: "auditor", webhook },
          },
        ]);
        const send = (name: string): Promise<Ran> => own("brief", "send", name);
        const mistyped = await send("on-demnd");
        expect(mistyped).toMatchObject({ code: 2 });
        expect(mistyped.stderr).toContain("did you mean on-demand?");
        const refused = await send("on-demand");
        expect(refused).toMatchObject({ code: 1 });
        expect(refused.stderr).toContain("the node's policy names no block of webhooks");
        expect(hook.got).toEqual([]);
        const policy = join(instance.root, "node-policy.json");
        const before = JSON.parse(await readFile(policy, "utf8")) as object;
        await writeFile(policy, JSON.stringify({ ...before, webhooks: ["127.0.0.1/32"] }));
        expect(await send("on-demand")).toMatchObject({ code: 0, stdout: expect.stringContaining("has arrived") });
        const [{ headers, body } = { headers: {}, body: "" }, ...more] = hook.got;
        expect(more).toEqual([]);
        expect(body).toMatch(/kubernetes-admin did create namespaces shop/);
        expect(body).not.toContain("not-a-secret");
        const signed = createHmac("sha256", "not-a-secret").update(
          `${String(headers["x-bulkhead-timestamp"])}.${body}`,
        );
        expect(headers["x-bulkhead-signature"]).toBe(`sha256=${signed.digest("hex")}`);
      },
    );

    test("a template says with the first answer what the node will refuse, and shows it in its condition", async () => {
      const template = {
        metadata: { labels: { app: "web" } },
        spec: toolPodSpec({ image, command, spec: { hostPID: true } }),
      };
      const deployment = {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "web", namespace: "shop" },
        spec: { selector: { matchLabels: { app: "web" } }, template },
      };
      const written = await instance.kubectlWith(asList([deployment]), "apply", "-f", "-");
      const warning = /spec\.template\.spec\.hostPID: .*bulkhead allow node privileged-namespace shop --reason/;
      expect(written.stderr).toMatch(warning);
      const path = 'jsonpath={.status.conditions[?(@.type=="Admissible")].message}';
      const condition = await until(
        () => told(instance, "-n", "shop", "get", "deployment", "web", "-o", path),
        (message) => message !== "",
      );
      expect(condition).toMatch(warning);
      const alone = await instance.kubectlWith(asList([pod("first")]), "apply", "-f", "-");
      expect(alone.stderr).toMatch(/spec\.hostPID: .*bulkhead allow node privileged-namespace shop/);
      await until(
        () => stateOf("first"),
        (state) => state.startsWith("Failed"),
      );
      await told(instance, "-n", "shop", "delete", "deployment", "web");
    });

    test("asks for a reason, and writes author and end", async () => {
      const words = ["allow", "node", "privileged-namespace", "shop"];
      expect(await own(...words)).toMatchObject({ code: 2, stdout: "" });
      expect(await own(...words, "--reason", "debugging", "-n", "shop")).toMatchObject({ code: 2 });
      const said = await own(...words, "--reason", "debugging", "--for-days", "2", "-o", "json");
      expect(JSON.parse(said.stdout)).toMatchObject({
        did: "node-allowed",
        allowance: { rule: "privileged-namespace", value: "shop", reason: "debugging", author: expect.any(String) },
      });
      expect((await own("allow", "--list")).stdout).toMatch(/\(node\) +in 2 days +node +privileged-namespace/);
      expect((await own("status")).stdout).toMatch(/this node allows privileged-namespace shop for a while/);
      expect(await own(...words, "--take-back")).toMatchObject({ code: 0 });
      expect((await own("status")).stdout).not.toContain("this node allows");
    });

    test("holds until its end, and no longer: the agent goes by the time, and what ended is reported", async () => {
      const allow = async (end: string): Promise<void> => {
        const words = ["allow", "node", "privileged-namespace", "shop", "--reason", "debugging", "--until", end];
        expect(await own(...words)).toMatchObject({ code: 0 });
      };
      await allow(inSeconds(300));
      // The copy that the API server reads follows within a second.
      const quiet = await until(
        () => instance.kubectlWith(asList([pod("second")]), "create", "--dry-run=server", "-f", "-"),
        (ran) => ran.stderr === "",
      );
      expect(quiet.stderr).toBe("");
      await applied(instance, [pod("second")]);
      const running = await until(
        () => stateOf("second"),
        (state) => !state.startsWith("Pending"),
      );
      expect(running).toMatch(/^Running/);
      // It runs, however long that took: now the end is drawn near.
      const end = inSeconds(8);
      await allow(end);
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, Date.parse(end) - Date.now() + 1000)));
      await applied(instance, [pod("third")]);
      const refused = await until(
        () => stateOf("third"),
        (state) => !state.startsWith("Pending"),
      );
      expect(refused).toMatch(/^Failed .*bulkhead allow node privileged-namespace shop/);
      expect(await stateOf("second")).toMatch(/^Running/);
      const doctor = JSON.parse((await own("doctor", "-o", "json")).stdout) as {
        findings: { id: string; what: string }[];
      };
      expect(doctor.findings).toContainEqual(
        expect.objectContaining({
          id: "node-allowance-ended",
          what: expect.stringContaining("privileged-namespace shop"),
        }),
      );
      expect((await own("status")).stdout).toMatch(/this node allows privileged-namespace shop no longer/);
    });

    test("an Exception shows how it stands", async () => {
      const words = ["allow", "pod-security", "hostPorts", "--for", "pod/second", "-n", "shop", "--reason", "a while"];
      expect(await own(...words, "--until", inSeconds(300))).toMatchObject({ code: 0 });
      const columns = (): Promise<string> => told(instance, "-n", "shop", "get", "exceptions", "--no-headers");
      expect(await until(columns, (text) => / Active /.test(text))).toMatch(
        /pod-security +hostPorts +second +\S+Z +Active /,
      );
      const name = await told(instance, "-n", "shop", "get", "exceptions", "-o", "name");
      const soon = JSON.stringify({ spec: { expires: inSeconds(2) } });
      await told(instance, "-n", "shop", "patch", name, "--type=merge", "-p", soon);
      expect(await until(columns, (text) => / Expired /.test(text))).toMatch(/ Expired /);
      const waited = await instance.kubectl(
        ..."-n shop wait --for=condition=Expired exceptions --all --timeout=5s".split(" "),
      );
      expect(waited.code).toBe(0);
    });

    test("the logs of a first start tell of no trouble", async () => {
      const logs = join(instance.root, "logs");
      const lines: string[] = [];
      for (const file of await readdir(logs)) {
        if (file === "containerd.log" || file === "registry.log") continue;
        for (const line of (await readFile(join(logs, file), "utf8")).split("\n"))
          if (/"level":"(warn|error)"/.test(line)) lines.push(`${file}: ${line}`);
      }
      // What this file's own pods were refused for is no trouble of the start's.
      expect(lines.filter((line) => !line.includes("pod refused by the node's policy"))).toEqual([]);
    });
  },
);
