import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { containersOf, identify, instancePaths } from "@bulkhead/host";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { makeRelease } from "../scripts/make-release.ts";
import { bulkhead, bulkheadProgram, type Ran, startInstance, type TestInstance, whyNot } from "./instance/instance.ts";
import { releaseRegistry } from "./instance/release-registry.ts";
import { pushToolImage } from "./instance/test-image.ts";
import { applied, told, toolPod } from "./instance/tool-pod.ts";

const reason = whyNot();

/** Exchanges a piece of a bundled program; throws where it is not there once. */
function patch(file: string, from: RegExp, to: string): void {
  const text = readFileSync(file, "utf8");
  if (text.match(new RegExp(from, "g"))?.length !== 1) throw new Error(`${file}: ${from} does not stand there once`);
  writeFileSync(
    file,
    text.replace(from, () => to),
  );
}

/** A release of this very tree whose databases have another format: one table more for each. */
const ofFormat =
  (format: number) =>
  (folder: string): void => {
    const reads = Array.from({ length: format }, (_, i) => i + 1);
    const steps = reads.slice(1).map((to) => ({ from: to - 1, to, sql: `CREATE TABLE added${to} (x ANY)` }));
    const schema = { writes: format, reads };
    patch(
      join(folder, "apiserver.mjs"),
      /const storeFormat = \{[^}]*\}/,
      `const storeFormat = ${JSON.stringify(schema)}`,
    );
    patch(join(folder, "apiserver.mjs"), /const formatSteps = \[\]/, `const formatSteps = ${JSON.stringify(steps)}`);
    const shipped = JSON.parse(readFileSync(join(folder, "shipped.json"), "utf8")) as object;
    writeFileSync(join(folder, "shipped.json"), JSON.stringify({ ...shipped, schema }));
  };

const broken =
  (program: string) =>
  (folder: string): void =>
    patch(join(folder, `${program}.mjs`), /^/, "process.exit(3);\n");

describe.skipIf(reason !== undefined)(
  `Bulkhead itself is brought up to date${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  () => {
    let instance: TestInstance;
    let folder: string;
    /** The processes of its containers, by when they were started. */
    let process: string;

    const current = (verb: string, ...words: string[]): Promise<Ran> =>
      bulkhead("current", verb, ...words, "--root", instance.root);
    const made = (version: string, ...changes: ((folder: string) => void)[]) =>
      makeRelease({
        version,
        architectures: [globalThis.process.arch],
        out: folder,
        level: 0,
        change: (at) => changes.forEach((change) => change(at)),
      });
    /** Makes a release and puts it in. */
    async function apply(version: string, ...changes: ((folder: string) => void)[]): Promise<Ran> {
      const { file, integrity } = await made(version, ...changes);
      const ran = await current("apply", "--bulkhead", file, "--digest", integrity, "-o", "json");
      await rm(file);
      return ran;
    }
    /** Waits until a switch was begun, ended and put on record. */
    const switchedTo = (version: string): Promise<void> =>
      vi.waitFor(
        async () => {
          const state = JSON.parse(await readFile(join(instance.root, "releases", "state.json"), "utf8")) as object;
          expect(state).toMatchObject({ current: { version } });
          expect(state).not.toHaveProperty("pending");
        },
        { timeout: 90_000, interval: 200 },
      );
    const running = async (): Promise<string> =>
      JSON.stringify(
        (await containersOf(instancePaths(instance.root)))
          .map(({ pid }) => Number(identify(pid)?.startTime))
          .sort((a, b) => a - b),
      );
    const programs = (): Promise<string> => readlink(join(instance.root, "programs"));
    const written = (name: string): Promise<string> =>
      told(instance, "get", "configmap", name, "--ignore-not-found", "-o", "jsonpath={.data.it}");
    const write = (name: string): Promise<string> =>
      told(instance, "create", "configmap", name, "--from-literal=it=is");
    /** Steps that the audit log has, each as `step.from-A.to-B`. */
    async function audited(): Promise<string[]> {
      const words = ["--resource", "events", "--verb", "create", "--contains", "bulkhead-release-", "-o", "json"];
      const found = await bulkhead("audit", "search", ...words, "--root", instance.root);
      return [
        ...new Set(
          [...found.stdout.matchAll(/bulkhead-release-([a-z-]+\.from-[\w.-]+)\.[0-9a-f]{8}"/g)].map(([, s]) => s ?? ""),
        ),
      ];
    }

    beforeAll(async () => {
      instance = await startInstance();
      folder = await mkdtemp(join(tmpdir(), "bulkhead-releases-"));
      const image = await pushToolImage(instance);
      await told(instance, "create", "namespace", "kept");
      await applied(instance, [
        toolPod({ namespace: "kept", name: "lives", image, command: ["/usr/bin/sleep", "3600"] }),
      ]);
      await told(instance, "-n", "kept", "create", "secret", "generic", "sealed", "--from-literal=it=is");
      await told(instance, "-n", "kept", "wait", "--for=condition=Ready", "pod/lives", "--timeout=60s");
      process = await running();
      // The container's and its sandbox's.
      expect(JSON.parse(process)).toHaveLength(2);
    });
    afterAll(async () => {
      await instance?.remove();
      if (folder !== undefined) await rm(folder, { recursive: true });
    });

    test("a release that fails its test changes nothing", async () => {
      const ran = await apply("0.1.9", broken("apiserver"));
      expect(ran.code, ran.stderr).toBe(1);
      expect(ran.stderr).toContain("0.1.9 failed its test, and nothing was changed, 0.1.0 runs on");
      await expect(programs()).rejects.toMatchObject({ code: "EINVAL" });
      expect(await readdir(join(instance.root, "releases"))).toEqual(["copies"]);
    });

    test("a policy brings a release of a registry, once it is approved; containers run on, and the database goes up", async () => {
      const { file } = await made("0.2.0", ofFormat(2));
      const registry = await releaseRegistry("0.2.0", file, folder);
      try {
        const followed = await current("follow", ...registry.options);
        expect(followed.code, followed.stderr).toBe(0);
        await applied(instance, [
          {
            apiVersion: "security.bulkhead.dev/v1alpha1",
            kind: "CurrencyPolicy",
            metadata: { name: "nights" },
            spec: { parts: ["bulkhead"], approval: "Ordinary", cooldown: "1m", action: "Apply" },
          },
        ]);
        const found = await current("keep", "-o", "json");
        expect(found.code, found.stderr).toBe(0);
        expect(JSON.parse(found.stdout)).not.toHaveProperty("begun");
        // As old as its cooldown asks for.
        const seen = join(instance.root, "currency", "release-offer.json");
        const hourAgo = new Date(Date.now() - 3_600_000).toISOString();
        const offer = JSON.parse(await readFile(seen, "utf8")) as object;
        writeFileSync(seen, JSON.stringify({ ...offer, seen: { "0.2.0": hourAgo } }));
        expect((await current("approve", "bulkhead")).stdout).toContain("kubernetes-admin approves bulkhead 0.2.0");
        const ran = await current("keep", "-o", "json");
        expect(JSON.parse(ran.stdout)).toMatchObject({ begun: { from: "0.1.0", to: "0.2.0" } });
        await switchedTo("0.2.0");
      } finally {
        await registry.close();
      }
      expect(await programs()).toBe("releases/0.2.0");
      const known = JSON.parse((await current("keep", "-o", "json")).stdout) as object;
      expect(known).toMatchObject({
        acted: [
          { part: "bulkhead", to: "0.2.0", outcome: "Applied", policies: ["nights"], approvedBy: ["kubernetes-admin"] },
        ],
      });
      const events = await told(instance, "get", "events", "-A", "-o", "jsonpath={.items[*].message}");
      expect(events).toContain(
        "bulkhead 0.1.0 → 0.2.0, on the word of CurrencyPolicy nights (approved by kubernetes-admin)",
      );
      await told(instance, "delete", "currencypolicy", "nights");
      expect(await running()).toBe(process);
      expect(await told(instance, "-n", "kept", "get", "secret", "sealed", "-o", "jsonpath={.data.it}")).toBe("aXM=");
      expect((await bulkhead("up", "--detach", "--root", instance.root)).stderr).toContain(
        "runs Bulkhead 0.2.0, and this is 0.1.0",
      );
    });

    test("one whose switch is interrupted and that is not well is taken back, with the database that the earlier one no longer reads", async () => {
      await write("before");
      const { file, integrity } = await made("0.3.0", ofFormat(3), broken("agent"));
      const words = ["current", "apply", "--bulkhead", file, "--digest", integrity, "--root", instance.root];
      const applying = spawn(globalThis.process.execPath, [bulkheadProgram, ...words], {
        stdio: "ignore",
        detached: true,
      });
      const killed = once(applying, "exit");
      await vi.waitFor(async () => expect(await programs()).toBe("releases/0.3.0"), { timeout: 60_000, interval: 20 });
      // With all that it started.
      globalThis.process.kill(-(applying.pid ?? 0), "SIGKILL");
      await killed;
      const ended = await current("keep", "-o", "json");
      expect(ended.stderr).toContain("0.2.0 does not read what 0.3.0 made of the database");
      expect(ended.stdout).toMatch(
        /0\.3\.0 was not well: agent does not stay up;.* 0\.2\.0 is back; \d+ writes since .* are lost/,
      );
      expect(await programs()).toBe("releases/0.2.0");
      expect(await running()).toBe(process);
      expect(await written("before")).toBe("is");
      expect((await bulkhead("status", "--root", instance.root)).code).toBe(0);
    });

    test("the way back says what it loses, and goes when that is agreed to", async () => {
      await write("after");
      const asked = await current("rollback", "--bulkhead");
      expect(asked.code).toBe(1);
      expect(asked.stderr).toContain("configmaps default/after");
      expect(await written("after")).toBe("is");
      const ran = await current("rollback", "--bulkhead", "--lose-writes", "-o", "json");
      expect(ran.code, ran.stderr).toBe(0);
      expect(JSON.parse(ran.stdout)).toMatchObject({ to: "0.1.0", wayBack: "database", moved: { containers: 2 } });
      expect(await programs()).toBe("releases/clone-0.1.0");
      expect([await written("after"), await running()]).toEqual(["", process]);
      expect(await told(instance, "-n", "kept", "get", "secret", "sealed", "-o", "jsonpath={.data.it}")).toBe("aXM=");
      const state = JSON.parse(await readFile(join(instance.root, "releases", "state.json"), "utf8")) as object;
      expect(state).not.toHaveProperty("previous");
    });

    test("the audit chain holds, and has the steps", async () => {
      expect((await bulkhead("audit", "verify", "--root", instance.root)).code).toBe(0);
      // What was recorded after the copy was made went with the database that was left.
      expect(await audited()).toEqual([
        "staged.from-0.1.0.to-0.1.9",
        "refused.from-0.1.0.to-0.1.9",
        "staged.from-0.1.0.to-0.2.0.by-nights",
        "tried.from-0.1.0.to-0.2.0.by-nights",
        "switching.from-0.1.0.to-0.2.0.by-nights",
        "rolled-back.from-0.2.0.to-0.1.0",
      ]);
    });
  },
);
