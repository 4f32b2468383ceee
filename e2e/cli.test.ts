import { existsSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { clientOptionsOf, createClient, loadKubeconfig, resources } from "@bulkhead/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bulkhead, type Ran, run, startInstance, type TestInstance, until, whyNot } from "./instance/instance.ts";

const reason = whyNot();
/** Where systemd runs, install would change the machine. */
const systemd = existsSync("/run/systemd/system");
const installTitle = `install puts a command on the path that needs the clone no more${systemd ? " (skipped: systemd runs here)" : ""}`;

const web = (image: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: ${image}
        securityContext:
          allowPrivilegeEscalation: false
          runAsNonRoot: true
          seccompProfile: {type: RuntimeDefault}
          capabilities: {drop: [ALL]}
`;

const trust = `apiVersion: security.bulkhead.dev/v1alpha1
kind: ImageTrustPolicy
metadata: {name: ok}
spec: {allow: [{registry: ok.example, repositories: ["*"]}]}
`;

describe.skipIf(reason !== undefined)(
  `the command, against a server that it brought up${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  () => {
    let instance: TestInstance;
    let folder: string;
    /** A command about the instance, as its admin. */
    const ask = (...words: string[]): Promise<Ran> =>
      bulkhead(...words, "--root", instance.root, "--kubeconfig", instance.kubeconfig);
    const audit = (...words: string[]): Promise<Ran> => bulkhead("audit", ...words, "--root", instance.root);
    const made = async (name: string, text: string): Promise<string> => {
      await writeFile(join(folder, name), text);
      return join(folder, name);
    };

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "bulkhead-cli-"));
      instance = await startInstance("--only=apiserver");
      for (const words of [
        "create namespace shop",
        "-n shop create role reader --verb=get,list --resource=pods",
        "-n shop create rolebinding alice --role=reader --user=alice",
        "-n shop create serviceaccount api",
        "-n shop create rolebinding accounts --role=reader --group=system:serviceaccounts:shop",
      ]) {
        const done = await instance.kubectl(...words.split(" "));
        if (done.code !== 0) throw new Error(`kubectl ${words}: ${done.stderr}`);
      }
      await instance.kubectlWith(trust, "apply", "-f", "-");
    });
    afterAll(async () => {
      await instance?.remove();
      await rm(folder, { recursive: true, force: true });
    });

    describe("why access", () => {
      test("yes, by which binding and role; short names, kinds and groups are understood", async () => {
        for (const word of ["po", "pod/web", "Pods"]) {
          const said = await ask("why", "access", "--as", "alice", "get", word, "-n", "shop");
          expect(said.stdout).toMatch(/^yes {2}alice may get pods/);
          expect(said.stdout).toContain("RoleBinding shop/alice");
          expect(said.code).toBe(0);
        }
      });

      test("no, and the printed command turns the answer", async () => {
        const question = ["why", "access", "--as", "alice", "delete", "deploy.apps/web", "-n", "shop"];
        const said = await ask(...question, "-o", "json");
        expect(said.code).toBe(1);
        const { because } = JSON.parse(said.stdout) as { because: { command?: string }[] };
        const command = because[0]?.command ?? "";
        expect(command).toMatch(/^kubectl --kubeconfig \S+ create role /);
        for (const one of command.split(" && "))
          expect(await instance.kubectl(...one.split(" ").slice(1))).toMatchObject({ code: 0 });
        expect((await ask(...question)).code).toBe(0);
      });

      test("a service account is in its groups, as the server sees it", async () => {
        const account = "system:serviceaccount:shop:api";
        const said = await ask("why", "access", "--as", account, "list", "pods", "-n", "shop");
        expect(said.code).toBe(0);
        expect(said.stdout).toContain('Group "system:serviceaccounts:shop"');
        const server = await instance.kubectl(
          "auth",
          "can-i",
          "list",
          "pods",
          "-n",
          "shop",
          `--as=${account}`,
          "--as-group=system:serviceaccounts:shop",
        );
        expect(server.stdout.trim()).toBe("yes");
      });

      test.each([
        [["get", "podz"], /did you mean pods\?/],
        [["get"], /missing required argument/],
        [["get", "pods", "-o", "xml"], /choose json or yaml/],
        [["get", "pods", "--as-group", "dev"], /--as-group needs --as/],
      ])("%j cannot be asked: exit code 2 and one clear line", async (words, line) => {
        const said = await ask("why", "access", ...words);
        expect(said.code).toBe(2);
        expect(said.stdout).toBe("");
        expect(said.stderr).toMatch(line);
      });

      test("a server that is not there is exit code 2, never a no", async () => {
        const gone = (await readFile(instance.kubeconfig, "utf8")).replace(`:${instance.port}`, ":1");
        const file = await made("gone.kubeconfig", gone);
        const said = await bulkhead("why", "access", "get", "pods", "--root", instance.root, "--kubeconfig", file);
        expect(said.code).toBe(2);
      });
    });

    describe("why traffic and why pod", () => {
      test("an end that is not there is no answer", async () => {
        const said = await ask("why", "traffic", "shop/web", "shop/db", "5432");
        expect(said).toMatchObject({ code: 2, stdout: "" });
        expect(said.stderr).toContain("no running pod, workload or Service shop/web");
      });

      test("a file's pods, and those of what is there", async () => {
        const file = await made("evil.yaml", web("evil.example/web"));
        const said = await ask("why", "pod", file);
        expect(said.code).toBe(1);
        expect(said.stdout).toContain("bulkhead allow image trust --for deployment/web -n shop");
        await instance.kubectlWith(web("ok.example/web"), "apply", "-f", "-");
        const there = await ask("why", "pod", "deploy/web", "-n", "shop");
        expect(there.stdout).toMatch(/^yes {2}Deployment shop\/web/);
        expect(there.code).toBe(0);
        expect((await ask("why", "pod", "nobody", "-n", "shop")).code).toBe(2);
      });
    });

    describe("check, then allow", () => {
      test("refused with line and command; the command lets it pass; taken back, it is refused again", async () => {
        const file = await made("web.yaml", `# Source: chart/templates/web.yaml\n---\n${web("other.example/web")}`);
        const refused = await ask("check", file, "-o", "json");
        expect(refused.code).toBe(1);
        const { judged } = JSON.parse(refused.stdout) as { judged: { broken: { command: string; line: number }[] }[] };
        const [broken, ...more] = judged[0]?.broken ?? [];
        expect(more).toEqual([]);
        expect(broken?.line).toBe(13);
        const [program, ...words] = (broken?.command ?? "").split(" ").slice(0, -2);
        expect(program).toBe("bulkhead");

        const allowed = await ask(...words, "--reason", "until it is mirrored", "--for-days", "2");
        expect(allowed).toMatchObject({ code: 0, stderr: "" });
        expect(allowed.stdout).toMatch(/until +\S+ \(in \d+ (days|hours)\)/);
        const written = await instance.kubectl("get", "exceptions", "-n", "shop", "-o", "json");
        const { items } = JSON.parse(written.stdout) as { items: { spec: object; metadata: { name: string } }[] };
        expect(items).toMatchObject([
          { spec: { author: "kubernetes-admin", reason: "until it is mirrored", decider: "image" } },
        ]);
        const passes = await ask("check", file);
        expect(passes.stdout).toContain("1 passes");
        expect(passes.code).toBe(0);

        const list = await ask("allow", "--list");
        expect(list.stdout).toMatch(/shop +in \S+ \S+ +image +trust +deployment\/web +other\.example\/web/);
        expect(await ask(...words, "--take-back")).toMatchObject({ code: 0 });
        expect((await ask("check", file)).code).toBe(1);
        expect((await ask("allow", "list")).stdout).toContain("Nothing is excepted");
      });

      test("who may not write Exceptions may not allow", async () => {
        const bob = await made(
          "bob.kubeconfig",
          (await bulkhead("kubeconfig", "--user", "bob", "--root", instance.root)).stdout,
        );
        const words = ["allow", "image", "trust", "--for", "deployment/web", "-n", "shop", "--reason", "please"];
        const said = await bulkhead(...words, "--root", instance.root, "--kubeconfig", bob);
        expect(said.code).toBe(1);
        expect(said.stderr).toContain('User "bob" cannot patch resource "exceptions"');
      });

      test.each([
        [["allow", "image", "trust", "--for", "deployment/web", "-n", "shop"], /--reason/],
        [["allow", "image", "nonsense", "--for", "deployment/web", "-n", "shop", "--reason", "x"], /no rule of image/],
        [["allow"], /bulkhead allow traffic FROM TO PORT/],
      ])("%j is not understood: exit code 2", async (words, line) => {
        const said = await ask(...words);
        expect(said.code).toBe(2);
        expect(said.stderr).toMatch(line);
      });

      test("what is no manifest is named with file and line", async () => {
        const file = await made("broken.yaml", "apiVersion: v1\nkind: Pod\nmetadata: [\n");
        const said = await ask("check", file);
        expect(said.code).toBe(2);
        expect(said.stderr).toMatch(/broken\.yaml:\d+: no YAML/);
        const bomb = await made(
          "bomb.yaml",
          [
            "a: &a [x]",
            "b: &b [*a,*a,*a,*a,*a,*a,*a,*a]",
            "c: &c [*b,*b,*b,*b,*b,*b,*b,*b]",
            "d: [*c,*c,*c,*c,*c,*c,*c,*c]",
          ].join("\n"),
        );
        expect(await ask("check", bomb)).toMatchObject({ code: 2, stderr: expect.stringContaining("bomb.yaml:1") });
      });

      test("asks nobody with --offline", async () => {
        const file = await made("offline.yaml", web("registry.example/web"));
        const words = ["check", "--offline", file];
        expect((await bulkhead(...words)).code).toBe(1);
        expect(await bulkhead(...words, "--trust", "registry.example/*")).toMatchObject({ code: 0 });
        expect((await ask("check", file, "--trust", "registry.example")).code).toBe(2);
      });
    });

    describe("credentials", () => {
      test("a token and a kubeconfig are their user's", async () => {
        const kubeconfig = await bulkhead("kubeconfig", "--user", "carol", "--group", "dev", "--root", instance.root);
        const file = await made("carol.kubeconfig", kubeconfig.stdout);
        const who = await instance.kubectl("--kubeconfig", file, "auth", "whoami", "-o", "json");
        expect(JSON.parse(who.stdout)).toMatchObject({
          status: { userInfo: { username: "carol", groups: ["dev", "system:authenticated"] } },
        });
        const token = (
          await bulkhead("token", "--user", "dave", "--group", "ops", "--root", instance.root)
        ).stdout.trim();
        const other = await made("dave.kubeconfig", await readFile(instance.kubeconfig, "utf8"));
        await instance.kubectl("--kubeconfig", other, "config", "set-credentials", "dave", `--token=${token}`);
        await instance.kubectl("--kubeconfig", other, "config", "set-context", "--current", "--user=dave");
        const dave = await instance.kubectl("--kubeconfig", other, "auth", "whoami", "-o", "json");
        expect(JSON.parse(dave.stdout)).toMatchObject({ status: { userInfo: { username: "dave" } } });
      });

      test("the system's own names are not given away", async () => {
        const said = await bulkhead("token", "--user", "system:admin", "--root", instance.root);
        expect(said).toMatchObject({ code: 1, stdout: "" });
      });
    });

    describe("audit", () => {
      const copy = async (change: (db: DatabaseSync) => void): Promise<string> => {
        const target = await mkdtemp(join(folder, "copy-"));
        await cp(join(instance.root, "apiserver", "store"), target, { recursive: true });
        const file = join(target, "store.db");
        const db = new DatabaseSync(file);
        change(db);
        db.close();
        return file;
      };
      const countOf = (db: DatabaseSync): number => Number(db.prepare("SELECT max(seq) AS n FROM audit").get()?.["n"]);

      test("the running server's chain is intact, and stays the server's", async () => {
        const said = await audit("verify");
        expect(said.stdout).toMatch(/^intact {2}\d+ records, each in its place/);
        expect(said.code).toBe(0);
        const store = join(instance.root, "apiserver", "store");
        const owner = (await stat(join(store, "store.db"))).uid;
        for (const file of ["store.db-wal", "store.db-shm"])
          expect((await stat(join(store, file)).catch(() => ({ uid: owner }))).uid).toBe(owner);
      });

      test.each<[string, (db: DatabaseSync) => void, string]>([
        [
          "changed",
          (db) => {
            const record = Buffer.from(
              db.prepare("SELECT record FROM audit WHERE seq = 3").get()?.["record"] as Uint8Array,
            );
            const changed = record.toString().replace('"verb":"', '"verb":"x');
            expect(changed).not.toBe(record.toString());
            db.prepare("UPDATE audit SET record = ? WHERE seq = 3").run(Buffer.from(changed));
          },
          "tampered",
        ],
        ["taken out", (db) => db.exec("DELETE FROM audit WHERE seq = 3"), "missing"],
      ])("a record that was %s is found, by number", async (_, change, verdict) => {
        const said = await audit("verify", "--database", await copy(change), "-o", "json");
        expect(said.code).toBe(1);
        expect(JSON.parse(said.stdout)).toMatchObject({ verdict, seq: 3, records: 2 });
      });

      test("tail and search find who did what, and show no Secret", async () => {
        await instance.kubectl(
          "-n",
          "shop",
          "create",
          "secret",
          "generic",
          "key",
          "--from-literal=k=hunter2-not-to-be-seen",
        );
        const found = await audit("search", "--resource", "secrets", "--verb", "create", "-n", "shop");
        expect(found.stdout).toMatch(/ 201 {2}kubernetes-admin {2}create secrets key in shop$/m);
        const all = await audit("tail", "--lines", "1000", "-o", "json");
        const events = all.stdout
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line) as { event: { user: { username: string } } });
        expect(events.some((e) => e.event.user.username === "bob")).toBe(true);
        expect(all.stdout).not.toContain("hunter2");
        expect(all.stdout).not.toContain(Buffer.from("hunter2-not-to-be-seen").toString("base64"));
        expect((await audit("search", "--user", "nobody-of-this-name")).code).toBe(1);
        expect((await audit("tail", "--since", "soon")).code).toBe(2);
      });

      test("an end that was cut off is found by a checkpoint kept elsewhere", async () => {
        // A thousand records and there is one; few records wait a minute for it.
        const client = createClient(clientOptionsOf(await loadKubeconfig([instance.kubeconfig])).options);
        const record = {
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { generateName: "record-", namespace: "shop" },
        };
        for (let round = 0; round < 10; round++)
          await Promise.all(Array.from({ length: 100 }, () => client.create(resources.configMaps, record)));
        client.close();
        const exported = await until(
          () => audit("checkpoint", "export"),
          (r) => r.code === 0,
          90,
        );
        expect(exported.stderr).toBe("");
        const anchor = await made("anchor.json", exported.stdout);
        const { checkpoint } = JSON.parse(exported.stdout) as { checkpoint: { count: number } };
        const file = await copy((db) => {
          db.exec(`DELETE FROM audit WHERE seq >= ${checkpoint.count}`);
          db.exec(`DELETE FROM audit_checkpoint WHERE count >= ${checkpoint.count}`);
          expect(countOf(db)).toBe(checkpoint.count - 1);
        });
        expect(await audit("verify", "--database", file)).toMatchObject({ code: 0 });
        const said = await audit("verify", "--database", file, "--anchor", anchor);
        expect(said.stdout).toMatch(/^truncated/);
        expect(said.code).toBe(1);
      });
    });

    describe("doctor and install", () => {
      test("doctor tells what there is, as data too", async () => {
        const said = await bulkhead("doctor", "--root", instance.root, "-o", "json");
        const report = JSON.parse(said.stdout) as {
          runs: boolean;
          findings: { id: string; level: string; what: string }[];
        };
        expect(said.code).toBe(report.runs ? 0 : 1);
        expect(report.findings.map((f) => f.id)).toEqual(
          expect.arrayContaining(["kernel", "cgroups", "memory", "disk", "node"]),
        );
      });

      test.skipIf(systemd)(installTitle, async () => {
        const place = ["--prefix", join(folder, "usr"), "--root", instance.root];
        expect(await bulkhead("install", ...place)).toMatchObject({ code: 0 });
        expect((await bulkhead("install", ...place)).stdout).toContain("as it was");
        const command = join(folder, "usr", "bin", "bulkhead");
        const status = await run(command, ["status"], { env: { PATH: process.env["PATH"] ?? "" } });
        expect(status.stdout).toContain(instance.root);
        expect((await bulkhead("uninstall", ...place)).stdout).toContain("removed");
        expect((await bulkhead("uninstall", ...place)).stdout).toContain("Nothing to remove");
        await writeFile(command, "#!/bin/sh\n");
        expect(await bulkhead("install", ...place)).toMatchObject({ code: 1 });
        expect(await readFile(command, "utf8")).toBe("#!/bin/sh\n");
      });
    });

    test("every command teaches: what it is for, and examples", async () => {
      for (const words of [
        ["why"],
        ["why", "access"],
        ["why", "traffic"],
        ["why", "pod"],
        ["allow"],
        ["check"],
        ["audit", "verify"],
        ["audit", "tail"],
        ["doctor"],
        ["install"],
      ]) {
        const said = await bulkhead(...words, "--help");
        expect(said.code).toBe(0);
        expect(said.stdout, words.join(" ")).toMatch(/Examples:\n {2}\S*.*bulkhead/);
      }
    });
  },
);
