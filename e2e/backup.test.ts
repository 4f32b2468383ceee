import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bulkhead, type Ran, startInstance, type TestInstance, whyNot } from "./instance/instance.ts";
import { told } from "./instance/tool-pod.ts";

const reason = whyNot();

/** What `backup create` answers. */
interface Made {
  readonly file: string;
  readonly objects: number;
  readonly signer: string;
}

describe.skipIf(reason !== undefined)(
  `a backup is made, tried and brought back${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  () => {
    let instance: TestInstance;
    let folder: string;
    let made: Made;
    let revision: number;

    const backup = (verb: string, ...words: string[]): Promise<Ran> =>
      bulkhead("backup", verb, ...words, "--root", instance.root);
    const key = (): string => join(folder, "keys", "recovery.key");
    const controls = async (): Promise<string[]> => {
      const said = await bulkhead("posture", "--root", instance.root, "-o", "json");
      const { findings } = JSON.parse(said.stdout) as {
        readonly findings: readonly { readonly control: string; readonly outcome: string }[];
      };
      return findings
        .filter(({ control }) => control.startsWith("backup-"))
        .map(({ control, outcome }) => `${outcome} ${control}`)
        .toSorted();
    };
    const start = (): Promise<Ran> => bulkhead("up", "--detach", "--only=apiserver", "--root", instance.root);

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "bulkhead-backup-"));
      for (const name of ["keys", "backups"]) await mkdir(join(folder, name));
      instance = await startInstance("--only=apiserver");
      await told(instance, "create", "secret", "generic", "kept", "--from-literal=word=open-sesame");
    });
    afterAll(async () => {
      await instance?.remove();
      await rm(folder, { recursive: true, force: true });
    });

    test("while it is written to; and what opens it does not lie beside it", async () => {
      const beside = await backup("create", "--to", join(folder, "backups"), "--keys-to", join(folder, "backups", "k"));
      expect(beside.stderr).toContain("lies with the backup that it opens");
      expect(beside.code).toBe(2);
      expect(await readdir(join(folder, "backups"))).toEqual([]);
      let writing = true;
      const writer = (async () => {
        for (let n = 0; writing; n++) await instance.kubectl("create", "configmap", `load-${n}`);
      })();
      const said = await backup("create", "--to", join(folder, "backups"), "--keys-to", key(), "-o", "json");
      writing = false;
      await writer;
      expect(said.stderr).not.toContain("bulkhead:");
      made = JSON.parse(said.stdout) as Made;
      expect((await readFile(made.file)).includes("open-sesame")).toBe(false);
    });

    test("verify says what is in it; another key, another's, and a changed byte are refused", async () => {
      const whole = await backup("verify", made.file, "--key", key());
      expect(whole.stdout).toMatch(/^whole /);
      expect(whole.stdout).toMatch(/Secrets open with the keys in it: \d+ sealed/);
      expect(whole.code).toBe(0);
      const other = join(folder, "keys", "other.key");
      await bulkhead("backup", "key", "--to", other);
      expect((await backup("verify", made.file, "--key", other)).code).toBe(2);
      const forged = await backup("verify", made.file, "--key", key(), "--signer", `SHA256:${"x".repeat(43)}`);
      expect(forged.stdout).toContain(`it was signed by ${made.signer}`);
      const bytes = await readFile(made.file);
      bytes.writeUInt8(bytes.readUInt8(bytes.length - 9) ^ 1, bytes.length - 9);
      await writeFile(join(folder, "spoilt.backup"), bytes);
      const spoilt = await backup("verify", join(folder, "spoilt.backup"), "--key", key());
      expect(spoilt.stdout).toMatch(/^not whole /);
      expect(spoilt.code).toBe(1);
    });

    test("posture has an answer for every control over backups", async () => {
      expect(await controls()).toEqual(["fail backup-same-machine"]);
    });

    test("it is not brought back over what runs, nor over what is there, unless it is said", async () => {
      await told(instance, "create", "configmap", "lost");
      revision = Number(await told(instance, "get", "configmap", "lost", "-o", "jsonpath={.metadata.resourceVersion}"));
      const running = await backup("restore", made.file, "--key", key(), "--replace");
      expect(running.stderr).toContain("stop it first");
      await bulkhead("down", "--root", instance.root);
      const inodes = (): Promise<number[]> =>
        Promise.all(
          ["instance.json", "apiserver", "apiserver/store/store.db", "pki/ca/server-ca.key"].map(
            async (name) => (await stat(join(instance.root, name))).ino,
          ),
        );
      const before = await inodes();
      const there = await backup("restore", made.file, "--key", key());
      expect(there.stderr).toContain("--replace");
      const spoilt = await backup("restore", join(folder, "spoilt.backup"), "--key", key(), "--replace");
      expect(spoilt.stderr).toContain("nothing was changed");
      expect([running.code, there.code, spoilt.code]).toEqual([1, 1, 1]);
      expect(await inodes()).toEqual(before);
    });

    test("onto nothing: objects, a Secret's value and the audit log are back, what came after is not", async () => {
      expect((await bulkhead("reset", "--yes", "--root", instance.root)).code).toBe(0);
      const said = await backup("restore", made.file, "--key", key(), "-o", "json");
      expect(said.stderr).not.toContain("bulkhead:");
      expect(JSON.parse(said.stdout)).toMatchObject({ objects: made.objects, lost: { objects: [] } });
      expect((await start()).code).toBe(0);
      const word = await told(instance, "get", "secret", "kept", "-o", "jsonpath={.data.word}");
      expect(Buffer.from(word, "base64").toString()).toBe("open-sesame");
      expect(await told(instance, "get", "configmap", "lost", "--ignore-not-found", "-o", "name")).toBe("");
      expect((await bulkhead("audit", "verify", "--root", instance.root)).code).toBe(0);
    });

    test("revisions go on above all that were given out, after the same backup came back again too", async () => {
      const next = async (name: string): Promise<number> => {
        await told(instance, "create", "configmap", name);
        return Number(await told(instance, "get", "configmap", name, "-o", "jsonpath={.metadata.resourceVersion}"));
      };
      const first = await next("after");
      expect(first).toBeGreaterThan(revision);
      const old = await instance.kubectl("get", "--raw", `/api/v1/configmaps?watch=1&resourceVersion=${revision}`);
      expect(old.stdout + old.stderr).toContain("410");
      await bulkhead("down", "--root", instance.root);
      const again = await backup("restore", made.file, "--key", key(), "--replace", "-o", "json");
      const { lost, replaced } = JSON.parse(again.stdout) as {
        readonly lost: { readonly objects: readonly string[] };
        readonly replaced: string;
      };
      expect(lost.objects).toContain("configmaps default/after");
      expect(await readdir(replaced)).toContain("apiserver");
      expect((await start()).code).toBe(0);
      expect(await next("again")).toBeGreaterThan(first);
    });

    test("the audit log has every step, those while the API was away too", async () => {
      const said = await bulkhead("audit", "search", "--contains", "bulkhead-backup-", "--root", instance.root);
      const steps = said.stdout.match(/bulkhead-backup-\w+/g) ?? [];
      // The first restoration was told to the state that the second one replaced.
      expect(steps).toEqual(["bulkhead-backup-restored"]);
    });
  },
);
