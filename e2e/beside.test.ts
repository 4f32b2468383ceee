import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bulkhead, run, startInstance, type TestInstance, until, whyNot } from "./instance/instance.ts";
import { commandLines } from "./instance/processes.ts";
import { pushToolImage } from "./instance/test-image.ts";
import { applied, knockAnswers, knockScript, serveScript, told, toolPod } from "./instance/tool-pod.ts";

const reason = whyNot();
/** Tables that stand on this host before the test: to flush is everyone's business. */
const tables = async (): Promise<string[]> =>
  (await run("nft", ["list", "tables"])).stdout.split("\n").filter((line) => line !== "");
const foreign = reason === undefined ? await tables() : [];

interface Layout {
  readonly netnsName: string;
  readonly hostInterface: string;
  readonly hostTable: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly apiAddress: string;
}

describe.skipIf(reason !== undefined)(
  `two instances beside each other and a host's firewall${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  () => {
    let one: TestInstance;
    let two: TestInstance;
    let removed = false;
    const layoutOf = (instance: TestInstance): Layout =>
      (JSON.parse(readFileSync(join(instance.root, "run", "topology.json"), "utf8")) as { layout: Layout }).layout;
    const addressOf = (instance: TestInstance, pod: string): Promise<string> =>
      told(instance, "-n", "shop", "get", "pod", pod, "-o", "jsonpath={.status.podIP}");
    const containersOf = (instance: TestInstance): Promise<string> =>
      told(
        instance,
        "-n",
        "shop",
        "get",
        "pods",
        "-o",
        "jsonpath={range .items[*]}{.metadata.name} {.status.containerStatuses[0].containerID} {.status.containerStatuses[0].restartCount};{end}",
      );
    const knock = async (instance: TestInstance, pod: string, address: string, port: number): Promise<string> => {
      const ran = await instance.kubectl("-n", "shop", "exec", pod, "--", "sh", "-c", knockScript([{ address, port }]));
      return knockAnswers(ran.stdout, 1)[0] ?? "";
    };
    /** What the host gets at a pod's port. */
    const fromHost = (address: string, port = 8080): Promise<string> =>
      new Promise((resolve) => {
        const socket = connect({ host: address, port, timeout: 2000 });
        socket.once("data", (data) => resolve(String(data).split(" ")[0] ?? ""));
        socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""));
        socket.once("timeout", () => {
          socket.destroy();
          resolve("silent");
        });
      });

    beforeAll(async () => {
      // At the same moment: what one takes, the other must not.
      [one, two] = await Promise.all([startInstance(), startInstance()]);
      for (const instance of [one, two]) {
        const image = await pushToolImage(instance);
        const pod = (name: string): object =>
          toolPod({
            namespace: "shop",
            name,
            image,
            labels: { app: name },
            command: ["sh", "-c", serveScript],
          });
        await applied(instance, [{ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } }]);
        await applied(instance, [
          pod("web"),
          pod("db"),
          {
            apiVersion: "networking.k8s.io/v1",
            kind: "NetworkPolicy",
            metadata: { namespace: "shop", name: "web-to-db" },
            spec: {
              podSelector: { matchLabels: { app: "web" } },
              egress: [{ ports: [{ port: 8080 }, { port: 443 }] }],
              policyTypes: ["Egress"],
            },
          },
          {
            apiVersion: "networking.k8s.io/v1",
            kind: "NetworkPolicy",
            metadata: { namespace: "shop", name: "db-from-web" },
            spec: {
              podSelector: { matchLabels: { app: "db" } },
              ingress: [{ from: [{ podSelector: { matchLabels: { app: "web" } } }] }],
            },
          },
        ]);
        await told(instance, "-n", "shop", "wait", "--for=condition=Ready", "pod/web", "pod/db", "--timeout=60s");
      }
    });
    afterAll(async () => {
      for (const instance of [removed ? undefined : one, two]) await instance?.remove();
    });

    test("they share no address range, name, table or port", () => {
      const [a, b] = [layoutOf(one), layoutOf(two)];
      for (const key of ["netnsName", "hostInterface", "hostTable", "podCidr", "serviceCidr", "apiAddress"] as const)
        expect(a[key], key).not.toBe(b[key]);
      expect(Math.abs(one.port - two.port)).toBeGreaterThan(2);
    });

    test("in each the same rules hold, and neither reaches the other's pods", async () => {
      for (const [own, other] of [
        [one, two],
        [two, one],
      ] as const) {
        expect(
          await until(
            () => addressOf(own, "db").then((ip) => knock(own, "web", ip, 8080)),
            (a) => a === "db",
            10,
          ),
        ).toBe("db");
        expect(await knock(own, "db", await addressOf(own, "web"), 8080)).toBe("refused");
        expect(await knock(own, "web", await addressOf(other, "db"), 8080)).not.toBe("db");
      }
    });

    test("a firewall of the host that drops closes the way in, and opens and closes nothing between pods", async () => {
      const { hostInterface, apiAddress } = layoutOf(one);
      const [db, web] = [await addressOf(one, "db"), await addressOf(one, "web")];
      expect(await fromHost(db)).toBe("db");
      const rules = `table inet e2e_beside {
        chain in { type filter hook input priority -300; iifname "${hostInterface}" drop; }
        chain out { type filter hook output priority -300; oifname "${hostInterface}" drop; }
        chain through { type filter hook forward priority -300; iifname "${hostInterface}" drop; oifname "${hostInterface}" drop; }
      }`;
      try {
        expect(await run("nft", ["-f", "-"], { input: rules })).toMatchObject({ code: 0 });
        expect(await fromHost(db)).not.toBe("db");
        const { stdout: pid } = await run("sh", [
          "-c",
          `for p in /proc/[0-9]*; do [ "$(cat $p/root/etc/hostname 2>/dev/null)" = web ] && grep -qs ${web} $p/net/fib_trie && echo \${p#/proc/} && break; done`,
        ]);
        expect(pid.trim()).toMatch(/^\d+$/);
        // exec goes through containerd on the host, not through the link; here the packets are asked for directly.
        const inside = async (address: string, port: number): Promise<string> => {
          const script = `const s=require("node:net").connect({host:"${address}",port:${port},timeout:3000});s.once("connect",()=>{console.log("connected");process.exit()});s.once("error",e=>{console.log(e.code);process.exit()});s.once("timeout",()=>{console.log("silent");process.exit()})`;
          return (
            await run("nsenter", ["--net", "--target", pid.trim(), process.execPath, "-e", script])
          ).stdout.trim();
        };
        expect(await inside(db, 8080)).toBe("connected");
        expect(await inside(db, 8081)).toBe("ECONNREFUSED");
        // The API's port for pods is a socket inside their own network: the host's firewall is not asked.
        expect(await inside(apiAddress, 443)).toBe("connected");
        expect(await knock(one, "db", web, 8080)).toBe("refused");
        expect(await fromHost(await addressOf(two, "db"))).toBe("db");
      } finally {
        await run("nft", ["delete", "table", "inet", "e2e_beside"]);
      }
      expect(
        await until(
          () => fromHost(db),
          (a) => a === "db",
          10,
        ),
      ).toBe("db");
    });

    test.skipIf(foreign.length > 0)(
      `nft flush ruleset opens nothing${foreign.length > 0 ? ` (skipped: other tables stand on this host: ${foreign.join(", ")})` : ""}`,
      async () => {
        const theirs = [layoutOf(one).hostTable, layoutOf(two).hostTable];
        expect((await tables()).filter((t) => !theirs.some((name) => t.endsWith(` ${name}`)))).toEqual([]);
        expect((await run("nft", ["flush", "ruleset"])).code).toBe(0);
        for (const instance of [one, two]) {
          expect(await knock(instance, "db", await addressOf(instance, "web"), 8080)).toBe("refused");
          expect(await knock(instance, "web", await addressOf(instance, "db"), 8080)).toBe("db");
          expect(await knock(instance, "web", await addressOf(instance, "db"), 8081)).toBe("refused");
        }
        const back = await until(
          tables,
          (t) => theirs.every((name) => t.some((line) => line.endsWith(` ${name}`))),
          90,
        );
        expect(theirs.filter((name) => !back.some((line) => line.endsWith(` ${name}`)))).toEqual([]);
      },
    );

    test("a reset of one leaves nothing of it behind and the other untouched", async () => {
      const before = await containersOf(two);
      const gone = layoutOf(one);
      // As it comes, with all that runs there.
      expect(await bulkhead("reset", "--yes", "--root", one.root)).toMatchObject({ code: 0 });
      await one.remove();
      removed = true;
      expect(await containersOf(two)).toBe(before);
      expect(before).toMatch(/web containerd:\/\/\w+ 0;/);
      expect(JSON.parse((await bulkhead("status", "--root", two.root, "-o", "json")).stdout)).toMatchObject({
        healthy: true,
      });
      expect(await knock(two, "web", await addressOf(two, "db"), 8080)).toBe("db");
      expect(await fromHost(await addressOf(two, "db"))).toBe("db");
      const links = (await run("ip", ["-o", "link"])).stdout;
      const spaces = (await run("ip", ["netns", "list"])).stdout;
      const routes = (await run("ip", ["route", "show", "table", "all"])).stdout;
      const mounts = readFileSync("/proc/self/mounts", "utf8");
      const processes = commandLines();
      for (const [where, text, name] of [
        ["links", links, gone.hostInterface],
        ["namespaces", spaces, gone.netnsName],
        ["routes", routes, gone.podCidr],
        ["tables", (await tables()).join("\n"), gone.hostTable],
        ["mounts", mounts, one.root],
        ["processes", processes, one.root],
      ] as const)
        expect(text.includes(name), `${name} among the ${where}`).toBe(false);
      expect(links).toContain(layoutOf(two).hostInterface);
      expect(processes).toContain(two.root);
    });
  },
);
