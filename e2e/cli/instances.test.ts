import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { bulkhead, type Ran, run, startInstance, type TestInstance, whyNot } from "../instance/instance.ts";

const reason = whyNot();
const program = fileURLToPath(new URL("../../packages/cli/bin/bulkhead.mjs", import.meta.url));

/** An address of this machine that is not loopback. */
const outer = Object.values(networkInterfaces())
  .flatMap((all) => all ?? [])
  .find(({ internal, family, address }) => !internal && family === "IPv4" && !address.startsWith("169.254."))?.address;
const listenTitle = `a kubeconfig leads to the address that the API listens on${outer === undefined ? " (skipped: this machine has no address but loopback)" : ""}`;

/** The command in a shell that knows of nothing, or of what is said. */
const inShell = (env: NodeJS.ProcessEnv, ...args: string[]): Promise<Ran> =>
  run(process.execPath, [program, ...args], { env: { PATH: process.env["PATH"], ...env } });

describe.skipIf(reason !== undefined)(
  `one command, several instances${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  () => {
    let [first, second]: (TestInstance | undefined)[] = [];
    let folder: string;
    const one = (): TestInstance => first as TestInstance;
    const two = (): TestInstance => second as TestInstance;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "bulkhead-cli-"));
      first = await startInstance("--only=apiserver");
      second = await startInstance("--only=apiserver");
    });
    afterAll(async () => {
      await first?.remove();
      await second?.remove();
      await rm(folder, { recursive: true, force: true });
    });

    describe("which one", () => {
      test("a kubeconfig leads to its own", async () => {
        for (const instance of [one(), two()]) {
          const said = await inShell({ KUBECONFIG: instance.kubeconfig }, "status", "-o", "json");
          expect(JSON.parse(said.stdout)).toMatchObject({ root: instance.root, healthy: true });
        }
      });

      test("what is named goes before it: a question too is put there", async () => {
        await one().kubectl("create", "namespace", "only-in-the-first");
        const question = ["why", "access", "--as", "alice", "get", "pods", "-n", "only-in-the-first", "-o", "json"];
        const named = await inShell({ KUBECONFIG: two().kubeconfig }, ...question, "--root", one().root);
        const { because } = JSON.parse(named.stdout) as { because: { command: string }[] };
        const command = because[0]?.command ?? "";
        expect(command).toContain(`kubectl --kubeconfig ${one().kubeconfig} create role`);
        // As it was printed, in the shell it was printed to: it changes the answer there.
        const kubectl = join(one().root, "parts", "bin");
        const env = { PATH: `${kubectl}:${process.env["PATH"]}`, KUBECONFIG: two().kubeconfig };
        expect(await run("sh", ["-c", command], { env })).toMatchObject({ code: 0 });
        expect((await inShell({}, ...question, "--root", one().root)).code).toBe(0);
        expect((await inShell({}, ...question, "--root", two().root)).code).toBe(1);
      });

      test("$BULKHEAD_ROOT names one", async () => {
        const said = await inShell({ BULKHEAD_ROOT: two().root }, "status", "-o", "json");
        expect(JSON.parse(said.stdout)).toMatchObject({ root: two().root });
      });

      test.each([[["status"]], [["kubeconfig"]], [["why", "access", "get", "pods"]], [["allow", "--list"]]])(
        "%j that says nothing is asked which of several",
        async (words) => {
          const said = await inShell({}, ...words);
          expect(said).toMatchObject({ code: 2, stdout: "" });
          for (const { root } of [one(), two()]) expect(said.stderr).toContain(`--root ${root} `);
        },
      );

      test.each([
        ["status"],
        ["status", "-o", "json"],
        ["down"],
        ["kubeconfig"],
        ["token", "--user", "a"],
        ["audit", "verify"],
        ["audit", "checkpoint", "export"],
        ["demo", "attack"],
        ["allow", "--list"],
        ["allow", "node", "registry", "a.example", "--reason", "a test"],
        ["why", "access", "get", "pods"],
        ["check", fileURLToPath(new URL("../../examples/shop", import.meta.url))],
      ])("bulkhead %s … of nothing: exit code 2, and what to do", async (...words) => {
        const said = await inShell({}, ...words.filter((w) => w !== undefined), "--root", "/nonexistent");
        expect(said).toMatchObject({ code: 2, stdout: "" });
        expect(said.stderr).toMatch(/no instance at \/nonexistent; start one with: bulkhead up --root \/nonexistent/);
      });

      test("reset of nothing is done; of what is no instance it is refused, with or without --yes", async () => {
        const nothing = await inShell({}, "reset", "--root", join(folder, "nothing"), "-o", "json");
        expect(nothing.code).toBe(0);
        expect(JSON.parse(nothing.stdout)).toEqual({ root: join(folder, "nothing"), removed: false });
        await writeFile(join(folder, "mine"), "");
        const said = await inShell({}, "reset", "--yes", "--root", folder);
        expect(said).toMatchObject({ code: 2, stdout: "" });
        expect(await readFile(join(folder, "mine"), "utf8")).toBe("");
      });
    });

    describe("documents", () => {
      test("an unknown format is refused before anything is done", async () => {
        for (const words of [
          ["up", "--root", join(folder, "never")],
          ["down", "--root", one().root],
          ["reset", "--yes", "--root", one().root],
          ["install", "--root", one().root, "--prefix", folder],
          ["demo", "--root", join(folder, "never")],
          ["demo", "attack", "--root", one().root],
          ["kubeconfig", "--root", one().root],
          ["token", "--user", "a", "--root", one().root],
        ]) {
          const said = await inShell({}, ...words, "-o", "xml");
          expect(said, words.join(" ")).toMatchObject({ code: 2, stdout: "" });
        }
        expect((await inShell({}, "status", "--root", one().root)).code).toBe(0);
        expect((await run("ls", [join(folder, "never")])).code).not.toBe(0);
      });

      test("up and down: one document on standard output, progress beside it", async () => {
        const down = await inShell({}, "down", "--root", two().root, "-o", "json");
        expect(JSON.parse(down.stdout)).toEqual({ root: two().root, ran: true, drained: false });
        const again = await inShell({}, "down", "--root", two().root, "-o", "yaml");
        expect(parse(again.stdout)).toMatchObject({ ran: false });
        const up = await inShell({}, "up", "-d", "--root", two().root, "--only=apiserver", "-o", "json");
        expect(JSON.parse(up.stdout)).toMatchObject({
          root: two().root,
          server: `https://127.0.0.1:${two().port}`,
          kubeconfig: two().kubeconfig,
          config: { port: two().port, onlyApiserver: true },
        });
        expect(up.stderr).toContain("API server");
      });

      test("a token and a kubeconfig", async () => {
        const token = await inShell({}, "token", "--user", "ci", "--group", "a", "--root", one().root, "-o", "json");
        const { expires, ...rest } = JSON.parse(token.stdout) as { expires: string };
        expect(rest).toMatchObject({ user: "ci", groups: ["a"], token: expect.stringMatching(/^ey/) });
        expect(Date.parse(expires)).toBeGreaterThan(Date.now());
        const [json, yaml] = await Promise.all(
          ["json", "yaml"].map((format) => inShell({}, "kubeconfig", "--root", one().root, "-o", format)),
        );
        expect(JSON.parse(json?.stdout ?? "")).toEqual(parse(yaml?.stdout ?? ""));
      });
    });

    describe("addresses", () => {
      test("--server takes what the certificate covers, and nothing else", async () => {
        const wish = (server: string): Promise<Ran> =>
          inShell({}, "kubeconfig", "--root", one().root, "--server", server);
        expect(parse((await wish("https://localhost:7")).stdout)).toMatchObject({
          clusters: [{ cluster: { server: "https://localhost:7" } }],
        });
        for (const [server, line] of [
          ["https://192.0.2.7:6443", /does not cover 192\.0\.2\.7.*it covers localhost/],
          ["https://other.example", /does not cover other\.example/],
          ["http://localhost", /write https:/],
          ["https://localhost/path", /write https:/],
        ] as const) {
          const said = await wish(server);
          expect(said).toMatchObject({ code: 2, stdout: "" });
          expect(said.stderr).toMatch(line);
        }
      });

      test.skipIf(outer === undefined)(listenTitle, async () => {
        const { root, port } = two();
        const clusterOf = async (): Promise<unknown> =>
          (parse((await inShell({}, "kubeconfig", "--root", root)).stdout) as { clusters: unknown[] }).clusters[0];
        const moved = await inShell({}, "up", "-d", "--root", root, "--only=apiserver", "--listen", outer ?? "");
        expect(moved.code).toBe(0);
        expect(await clusterOf()).toMatchObject({ cluster: { server: `https://${outer}:${port}` } });
        expect((await two().kubectl("get", "--raw", "/readyz")).stdout).toBe("ok");
        await inShell({}, "up", "-d", "--root", root, "--only=apiserver", "--listen", "0.0.0.0");
        expect(await clusterOf()).toMatchObject({ cluster: { server: `https://127.0.0.1:${port}` } });
        // Every address of the machine's is covered now.
        const file = join(folder, "outer.kubeconfig");
        const server = `https://${outer}:${port}`;
        await writeFile(file, (await inShell({}, "kubeconfig", "--root", root, "--server", server)).stdout);
        expect((await two().kubectl("--kubeconfig", file, "get", "--raw", "/readyz")).stdout).toBe("ok");
        expect((await inShell({ KUBECONFIG: file }, "status")).stdout).toContain(root);
      });
    });

    test("what others wrote steers no terminal, in any format", async () => {
      const expires = new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+Z$/, "Z");
      const written = {
        apiVersion: "security.bulkhead.dev/v1alpha1",
        kind: "Exception",
        metadata: { name: "hostile", namespace: "default" },
        spec: {
          decider: "image",
          rule: "trust",
          subject: { kind: "Pod", name: "x" },
          reason: "see \u009b2J\u001b[2J",
          author: "a",
          expires,
        },
      };
      expect(await one().kubectlWith(JSON.stringify(written), "create", "-f", "-")).toMatchObject({ code: 0 });
      for (const format of ["text", "json", "yaml"]) {
        const found = await inShell({}, "allow", "--list", "--root", one().root, "-o", format);
        expect(found.stdout).toContain("see ");
        expect(found.stdout).not.toMatch(/(?!\n)\p{Cc}/u);
        if (format !== "text") expect(found.stdout).toContain("\\u009b2J\\u001b[2J");
      }
    });
  },
);

test("help says which instance a command is about, and what programs get", async () => {
  const said = await bulkhead("--help");
  expect(said.stdout).toContain("--root, else $BULKHEAD_ROOT, else where your kubeconfig leads");
  expect(said.stdout).toContain("-o json|yaml");
});
