import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { verifyAudit } from "@bulkhead/audit";
import { openLocalProvider } from "@bulkhead/keyring";
import { describe, expect, it } from "vitest";
import { freshFolder, open } from "./store-fixture.ts";

const program = fileURLToPath(new URL("crash-writer.ts", import.meta.url));

interface Acknowledged {
  readonly n: number;
  readonly revision: number;
}

/** Runs the writer for a while, kills it without warning, and returns the last that each client was told. */
function writeAndKill(
  folder: string,
  acknowledgements: number,
  ...options: string[]
): Promise<Map<number, Acknowledged>> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, folder, ...options], { stdio: ["ignore", "pipe", "pipe"] });
    const last = new Map<number, Acknowledged>();
    let errors = "";
    let text = "";
    let count = 0;
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      const lines = text.split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) {
        const [id, n, revision] = line.split(" ").map(Number) as [number, number, number];
        last.set(id, { n, revision });
        count++;
      }
      if (count >= acknowledgements) child.kill("SIGKILL");
    });
    child.on("close", (_, signal) => (signal === "SIGKILL" ? resolve(last) : reject(new Error(errors))));
  });
}

describe("kill -9 under load", () => {
  it.each([
    ["", []],
    [", in the midst of rotations", ["--rotate"]],
  ])("loses nothing that was acknowledged, tears no commit, breaks no chain%s", async (_, options) => {
    const folder = freshFolder();
    let head = 0;
    for (const acknowledgements of [50, 700, 1500]) {
      const told = await writeAndKill(folder, acknowledgements, ...options);
      const keyProvider = await openLocalProvider({ folder: `${folder}-keys` });
      const store = await open({ folder, keyProvider, sealed: (_, resource) => resource === "secrets" });
      const n = (resource: string, name: string): number => {
        const object = store.get({ group: "", resource, namespace: "crash", name });
        if (object === undefined) return 0;
        const value = JSON.parse(Buffer.from(store.open(object)).toString()) as { n: number; revision: number };
        expect(value.revision).toBe(object.revision);
        return value.n;
      };
      let committed = 0;
      for (let id = 0; id < 16; id++) {
        const acknowledged = told.get(id) ?? { n: 0, revision: 0 };
        expect(n("configmaps", `left-${id}`)).toBeGreaterThanOrEqual(acknowledged.n);
        expect(n("secrets", `right-${id}`)).toBe(n("configmaps", `left-${id}`));
        expect(store.head).toBeGreaterThanOrEqual(acknowledged.revision);
        committed += n("configmaps", `left-${id}`);
      }
      // One record a commit, in the commit.
      expect(store.auditHead.count).toBe(committed);
      const rows = store.readAudit(1);
      const verdict = verifyAudit({ instanceId: store.instanceId, rows, checkpoints: [], keys: [] });
      expect(verdict).toMatchObject({ verdict: "intact", head: { count: committed } });
      expect(store.head).toBeGreaterThan(head);
      head = store.head;
      await expect.poll(() => store.stats().staleSeals, { timeout: 20_000 }).toBe(0);
      await store.close();
    }
  });
});
