import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { rolldown } from "rolldown";
import { describe, expect, it } from "vitest";
import { code, freshFolder, key, open, put, settled, valueOf } from "./store-fixture.ts";

const source = fileURLToPath(new URL("../src/writer-thread.ts", import.meta.url));

describe("the writer", () => {
  it("starts from a bundle of one file", async () => {
    const folder = freshFolder();
    const file = join(dirname(folder), "store-writer.mjs");
    const bundle = await rolldown({ input: source, platform: "node" });
    await bundle.write({ file, format: "esm" });
    await bundle.close();
    const store = await open({ folder, workerUrl: pathToFileURL(file) });
    await store.commit({ writes: [put(key("a"), 0, 1)], audit: Buffer.from("{}") });
    expect(valueOf(store.get(key("a")))).toBe(1);
    expect(store.auditHead.count).toBe(1);
  });

  it("that dies fails what is pending and what comes, tells its owner, and leaves reads", async () => {
    const folder = freshFolder();
    const file = join(dirname(folder), "dying-writer.mjs");
    const last = 3;
    writeFileSync(
      file,
      `import { parentPort } from "node:worker_threads";
       let left = ${last};
       parentPort.on("message", () => { if (left-- === 0) process.exit(1); });
       await import(${JSON.stringify(pathToFileURL(source).href)});`,
    );
    const failures: unknown[] = [];
    const store = await open({ folder, workerUrl: pathToFileURL(file), onFailure: (error) => failures.push(error) });
    for (let i = 0; i < last; i++) await store.commit({ writes: [put(key(`n${i}`), 0, i)] });
    const pending = [1, 2, 3].map((i) => store.commit({ writes: [put(key(`p${i}`), 0)] }));
    for (const commit of pending) await expect(commit).rejects.toEqual(code("closed"));
    await expect(store.commit({ writes: [put(key("late"), 0)] })).rejects.toEqual(code("closed"));
    await expect(store.appendAudit(Buffer.from("{}"), { durable: true })).rejects.toEqual(code("closed"));
    await settled();
    expect(failures.length).toBeGreaterThan(0);
    expect(valueOf(store.get(key("n0")))).toBe(0);
    expect(store.stats().objects).toBe(last);
  });

  it("that cannot start is told with a reason, and the lock let go", async () => {
    const folder = freshFolder();
    const missing = pathToFileURL(join(dirname(folder), "no-such-writer.mjs"));
    await expect(open({ folder, workerUrl: missing })).rejects.toEqual(code("closed"));
    await (await open({ folder })).close();
  });
});
