/**
 * The store by itself: commits of 1 KB with an audit record each, beside etcd's puts of the same bytes on the same disk
 * in the same run; then lists, fan-out and sealing. `node bench/store.ts [SECONDS]`. Figures are ratios first: machines
 * differ.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { openLocalProvider } from "@bulkhead/keyring";
import { openStore, type Store } from "@bulkhead/store";
import { startEtcd } from "./store-etcd.ts";

const seconds = Number(process.argv[2] ?? 2);
const turns = 3;
const pad = "x".repeat(880);
const audit = Buffer.from(JSON.stringify({ kind: "Event", verb: "create", pad: "y".repeat(380) }));
const folder = mkdtempSync(join(tmpdir(), "bulkhead-bench-"));
const round = (value: number, digits = 0): number => Number(value.toFixed(digits));

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/** Calls per second of so many clients, each with one call under way. */
async function rate(clients: number, call: (n: number) => Promise<unknown>): Promise<number> {
  let n = 0;
  const until = async (end: number): Promise<void> => {
    while (performance.now() < end) await call(n++);
  };
  const run = (length: number): Promise<unknown> =>
    Promise.all(Array.from({ length: clients }, () => until(performance.now() + length * 1000)));
  await run(0.5);
  const before = n;
  const start = performance.now();
  await run(seconds);
  return ((n - before) / (performance.now() - start)) * 1000;
}

function create(store: Store, resource: string, name: string): Promise<unknown> {
  return store.commit({
    writes: [
      {
        op: "put",
        key: { group: "", resource, namespace: "default", name },
        expect: 0,
        bytes: (revision) =>
          Buffer.from(JSON.stringify({ kind: "ConfigMap", metadata: { name, resourceVersion: `${revision}` }, pad })),
        labels: { app: "bench" },
        fields: {},
      },
    ],
    audit,
  });
}

async function commits(clients: number, resource: string): Promise<{ rate: number; delay: number }> {
  const path = join(folder, `${resource}-${clients}`);
  const keyProvider = await openLocalProvider({ folder: `${path}-keys` });
  const store = await openStore({ folder: path, keyProvider, sealed: (_, name) => name === "secrets" });
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const result = await rate(clients, (n) => create(store, resource, `object-${clients}-${n}`));
  delay.disable();
  await store.close();
  rmSync(path, { recursive: true });
  return { rate: result, delay: delay.percentile(99) / 1e6 };
}

try {
  const etcd = await startEtcd(folder);
  if (typeof etcd === "string") console.log(`etcd: skipped, ${etcd}`);
  else console.log(etcd.version);
  const rows = [];
  for (const clients of [1, 16, 64]) {
    const value = Buffer.from(JSON.stringify({ kind: "ConfigMap", pad }));
    const puts: number[] = [];
    const plain: number[] = [];
    const sealed: number[] = [];
    const delays: number[] = [];
    // In turns, so that what else the machine does meanwhile falls on all alike.
    for (let turn = 0; turn < turns; turn++) {
      if (typeof etcd !== "string")
        puts.push(await rate(clients, (n) => etcd.put(`/bench/${clients}/${turn}/${n}`, value)));
      const open = await commits(clients, "configmaps");
      plain.push(open.rate);
      delays.push(open.delay);
      sealed.push((await commits(clients, "secrets")).rate);
    }
    const etcdPuts = puts.length === 0 ? undefined : median(puts);
    rows.push({
      clients,
      "etcd puts/s": etcdPuts === undefined ? "skipped" : round(etcdPuts),
      "commits/s": round(median(plain)),
      "to etcd": etcdPuts === undefined ? "" : round(median(plain) / etcdPuts, 2),
      "sealed commits/s": round(median(sealed)),
      "event loop p99 ms": round(median(delays), 1),
    });
  }
  if (typeof etcd !== "string") await etcd.close();
  console.table(rows);
  await readsAndWatches();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** 5,000 objects listed, and one commit told to 50 and to 1,000 watchers. */
async function readsAndWatches(): Promise<void> {
  const store = await openStore({ folder: join(folder, "reads") });
  await Promise.all(Array.from({ length: 5000 }, (_, n) => create(store, "pods", `pod-${n}`)));
  const query = { group: "", resource: "pods", namespace: undefined };
  const time = (work: () => void): number => {
    const start = performance.now();
    for (let i = 0; i < 20; i++) work();
    return (performance.now() - start) / 20;
  };
  const list = time(() => [...store.list(query).items].length);
  const revision = store.head;
  await Promise.all(Array.from({ length: 500 }, (_, n) => create(store, "pods", `later-${n}`)));
  const older = time(() => [...store.list({ ...query, revision }).items].length);
  const get = time(() => {
    for (let n = 0; n < 1000; n++) store.get({ group: "", resource: "pods", namespace: "default", name: `pod-${n}` });
  });
  const fanout: Record<number, number> = {};
  for (const watchers of [50, 1000]) {
    let told = 0;
    let last = 0;
    const handles = Array.from({ length: watchers }, () =>
      store.watch(
        { ...query, from: undefined },
        { onEvents: () => void (++told === watchers && (last = performance.now())), onEnd() {} },
      ),
    );
    await new Promise((resolve) => setImmediate(resolve));
    let first = 0;
    handles.push(
      store.watch(
        { group: "", resource: "marks", namespace: undefined, from: undefined },
        { onEvents: () => void (first = performance.now()), onEnd() {} },
      ),
    );
    await new Promise((resolve) => setImmediate(resolve));
    // The mark is of the same batch, and its resource was there first only when it was written first.
    await Promise.all([create(store, "marks", `m${watchers}`), create(store, "pods", `watched-${watchers}`)]);
    fanout[watchers] = last - first;
    for (const handle of handles) handle.close();
  }
  console.table([
    {
      "list 5,000 ms": round(list, 2),
      "as of an older revision ms": round(older, 2),
      "get µs": round(get, 2),
      "told 50 watchers ms": round(fanout[50] ?? 0, 3),
      "told 1,000 ms": round(fanout[1000] ?? 0, 3),
      "resident MB": round(process.memoryUsage().rss / 2 ** 20),
    },
  ]);
  await store.close();
}
