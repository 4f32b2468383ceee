import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bulkhead, type Ran, startInstance, type TestInstance, until, whyNot } from "./instance/instance.ts";

const reason = whyNot();

describe.skipIf(reason !== undefined)(
  `the shop, the attack and what outlives a kill${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  () => {
    let instance: TestInstance;
    let demo: Ran;
    let address: string;

    beforeAll(async () => {
      instance = await startInstance();
      demo = await bulkhead("demo", "--root", instance.root, "--port", String(instance.port));
      const path = "jsonpath={.spec.clusterIP}";
      address = `http://${(await instance.kubectl("-n", "shop", "get", "service", "web", "-o", path)).stdout}`;
    });
    afterAll(async () => {
      await instance?.remove();
    });

    const page = async (): Promise<string> =>
      fetch(address, { signal: AbortSignal.timeout(5000) }).then(
        (r) => r.text(),
        (e: unknown) => String(e),
      );
    /** Name, containers and start times of the shop's pods: what must not change when a process of ours dies. */
    const running = async (): Promise<string> =>
      (
        await instance.kubectl(
          "-n",
          "shop",
          "get",
          "pods",
          "-o",
          'jsonpath={range .items[*]}{.metadata.name} {.status.containerStatuses[0].containerID} {.status.containerStatuses[0].restartCount}{"\\n"}{end}',
        )
      ).stdout;
    const processOf = (name: string): number => {
      const state = JSON.parse(readFileSync(`${instance.root}/run/processes.json`, "utf8")) as {
        supervisor: { pid: number };
        processes: { name: string; identity: { pid: number } }[];
      };
      return name === "supervisor"
        ? state.supervisor.pid
        : (state.processes.find((p) => p.name === name)?.identity.pid ?? -1);
    };

    test("answers with data that went through all three tiers", () => {
      expect(demo.stderr).not.toMatch(/bulkhead:/);
      expect(demo.stdout).toContain("The shop is open");
      expect(demo.stdout).toContain("Brass lantern");
      expect(demo.stdout).toMatch(/page view \d+/);
      expect(demo.code).toBe(0);
    });

    test("answers at its node port on loopback too", async () => {
      const port = (
        await instance.kubectl("-n", "shop", "get", "service", "web", "-o", "jsonpath={.spec.ports[0].nodePort}")
      ).stdout;
      expect(await fetch(`http://127.0.0.1:${port}`).then((r) => r.text())).toContain("Brass lantern");
    });

    test("every move of the attack is refused, by an object that is named", () => {
      expect(demo.stdout).toContain("9 moves made just now, 9 refused.");
      expect(demo.stdout).not.toContain("SUCCEEDED");
      for (const said of ["metadata", "NetworkPolicy shop/", "Role shop/web", "ImageTrustPolicy", "pod-security label"])
        expect(demo.stdout).toContain(said);
    });

    test("a refused connection becomes an Event on the pod, with the command that would allow it", async () => {
      const events = await until(
        () =>
          instance.kubectl(
            "-n",
            "shop",
            "get",
            "events",
            "--field-selector",
            "reason=ConnectionRefused",
            "-o",
            "jsonpath={.items[*].message}",
          ),
        (e) => e.stdout.includes("bulkhead allow traffic"),
        10,
      );
      expect(events.stdout).toMatch(/port 5432 was refused: NetworkPolicy shop\//);
      expect(events.stdout).toContain("bulkhead allow traffic shop/deployment/web");
    });

    test("runs under the restricted standard, in user namespaces, without a shell", async () => {
      const pods = JSON.parse((await instance.kubectl("-n", "shop", "get", "pods", "-o", "json")).stdout) as {
        items: { spec: { hostUsers: boolean; containers: { image: string }[] } }[];
      };
      expect(pods.items).toHaveLength(3);
      for (const pod of pods.items) {
        expect(pod.spec.hostUsers).toBe(false);
        expect(pod.spec.containers[0]?.image).toMatch(/@sha256:[0-9a-f]{64}$/);
      }
      const mapped = await instance.kubectl(
        "-n",
        "shop",
        "exec",
        "deploy/web",
        "--",
        "/usr/bin/node",
        "-p",
        'require("node:fs").readFileSync("/proc/self/uid_map","utf8").trim().split(/ +/)[1]',
      );
      expect(Number(mapped.stdout)).toBeGreaterThan(100_000);
      expect((await instance.kubectl("-n", "shop", "exec", "deploy/web", "--", "sh", "-c", "true")).code).not.toBe(0);
    });

    test.each(["apiserver", "agent", "controllers", "dns", "registry", "supervisor"])(
      "kill -9 of the %s leaves containers, their processes and their rules",
      async (name) => {
        const before = await running();
        const victim = processOf(name);
        expect(victim).toBeGreaterThan(1);
        process.kill(victim, "SIGKILL");
        // The shop goes on meanwhile: its packets need none of ours but the rules that stand.
        expect(await (name === "dns" ? until(page, (p) => p.includes("Brass"), 20) : page())).toContain(
          "Brass lantern",
        );
        if (name === "supervisor") expect((await bulkhead("up", "--detach", "--root", instance.root)).code).toBe(0);
        const status = await until(
          () => bulkhead("status", "--root", instance.root, "-o", "json"),
          (s) => s.code === 0,
          60,
        );
        expect(JSON.parse(status.stdout)).toMatchObject({ healthy: true });
        expect(processOf(name)).not.toBe(victim);
        expect(await running()).toBe(before);
        const attack = await bulkhead("demo", "attack", "--root", instance.root);
        expect(attack.stdout).toContain("9 refused.");
      },
    );

    test("down leaves the containers, and up finds them", async () => {
      const before = await running();
      expect((await bulkhead("down", "--root", instance.root)).code).toBe(0);
      expect(await fetch(address).then((r) => r.text())).toContain("Brass lantern");
      expect((await bulkhead("up", "--detach", "--root", instance.root)).code).toBe(0);
      expect(await running()).toBe(before);
    });
  },
);
