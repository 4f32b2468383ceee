/** A program for crash tests: opens a store and writes until it is killed, saying on standard output what was acknowledged. */
import { openLocalProvider } from "@bulkhead/keyring";
import { openStore } from "../src/index.ts";

const folder = process.argv[2];
const rotates = process.argv[3] === "--rotate";
if (folder === undefined) throw new Error("usage: crash-writer FOLDER [--rotate]");

const keyProvider = await openLocalProvider({ folder: `${folder}-keys` });
const store = await openStore({
  folder,
  keyProvider,
  sealed: (_, resource) => resource === "secrets",
  history: { revisions: 500 },
});

/** Each commit writes two halves and a counter: all with the same number, or something is torn. */
async function client(id: number): Promise<void> {
  const at = (resource: string, name: string) => ({ group: "", resource, namespace: "crash", name });
  const first = at("configmaps", `left-${id}`);
  const second = at("secrets", `right-${id}`);
  const known = store.get(first);
  let n = known === undefined ? 0 : (JSON.parse(Buffer.from(known.bytes).toString()) as { n: number }).n;
  for (;;) {
    n++;
    const bytes = (revision: number): Buffer => Buffer.from(JSON.stringify({ n, revision, pad: "x".repeat(500) }));
    const write = { op: "put" as const, expect: undefined, bytes, labels: {}, fields: {} };
    const { revision } = await store.commit({
      writes: [
        { ...write, key: first },
        { ...write, key: second },
      ],
      audit: Buffer.from(JSON.stringify({ id, n })),
    });
    await new Promise((resolve) => process.stdout.write(`${id} ${n} ${revision}\n`, resolve));
  }
}

/** One rotation of the seed after the other, beside the writes. */
async function rotate(): Promise<void> {
  for (;;) await store.rotateSeals();
}

if (rotates) void rotate();
await Promise.all(Array.from({ length: 16 }, (_, id) => client(id)));
