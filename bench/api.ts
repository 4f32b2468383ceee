/**
 * The shipped, bundled API server beside etcd in the same run: creates, gets and updates with 1, 16 and 64 clients, a
 * list of 5,000 pods, 50 watchers, the event loop's delay and memory. `node bench/api.ts [SECONDS]`, as root. This
 * process is the client; the server has its own. Ratios first: machines differ.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startInstance, whyNot } from "../e2e/instance/instance.ts";
import { type ApiClient, connectApi } from "./api-client.ts";
import { cleanup } from "./cleanup.ts";
import { instanceMemory } from "./process-memory.ts";
import { inTurns, median, perSecond, report, round } from "./report.ts";
import { startEtcd } from "./store-etcd.ts";

const seconds = Number(process.argv[2] ?? 2);
/** What kube-apiserver 1.36 on etcd 3.6 reached of etcd's puts, on a machine like ours: the figures. */
const upstream: Readonly<Record<number, number>> = { 1: 0.45, 16: 0.31, 64: 0.26 };
const pad = "x".repeat(800);
const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
const maps = "/api/v1/namespaces/default/configmaps";
const pods = "/api/v1/namespaces/default/pods";

const configMap = (name: string, value = pad): Buffer =>
  Buffer.from(JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { value } }));

const pod = (name: string): Buffer =>
  Buffer.from(
    JSON.stringify({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, labels: { app: "bench" } },
      spec: {
        containers: [
          {
            name: "main",
            image: "registry.example/bench/server:1",
            args: ["--listen=:8080"],
            ports: [{ containerPort: 8080 }],
            resources: { requests: { cpu: "100m", memory: "64Mi" } },
          },
        ],
      },
    }),
  );

const why = whyNot();
if (why !== undefined) {
  console.log(`api: skipped, ${why}`);
  process.exit(0);
}
const folder = mkdtempSync(join(tmpdir(), "bulkhead-bench-"));
const instance = await startInstance("--only=apiserver", "--defaults=kubernetes");
const api = await connectApi(instance.kubeconfig);
const close = cleanup(async () => {
  api.close();
  await instance.remove();
  rmSync(folder, { recursive: true, force: true });
});
try {
  await pause(5000);
  const idle = instanceMemory(instance.root).apiserver ?? 0;
  await writesAndReads();
  await listAndWatch();
  const after = instanceMemory(instance.root).apiserver ?? 0;
  await pause(10_000);
  const rested = instanceMemory(instance.root).apiserver ?? 0;
  report("API server's memory", [
    { "idle MB": round(idle), "after MB": round(after), "10 s later MB": round(rested), aim: "65 idle, 200 after" },
  ]);
} finally {
  await close();
}

async function writesAndReads(): Promise<void> {
  const etcd = await startEtcd(folder);
  console.log(typeof etcd === "string" ? `etcd: skipped, ${etcd}` : etcd.version);
  const rows = [];
  for (const clients of [1, 16, 64]) {
    const at = (turn: number, n: number): string => `bench-${clients}-${turn}-${n}`;
    const delays: number[] = [];
    const rates = await inTurns({
      puts: async (turn) =>
        typeof etcd === "string"
          ? Number.NaN
          : perSecond(clients, seconds, (n) => etcd.put(`/${at(turn, n)}`, configMap(at(turn, n)))),
      creates: async (turn) => {
        await eventLoopDelay(api);
        const rate = await perSecond(clients, seconds, (n) => api.ask("POST", maps, configMap(at(turn, n))));
        delays.push(await eventLoopDelay(api));
        return rate;
      },
      updates: (turn) =>
        perSecond(clients, seconds, (n) =>
          api.ask("PUT", `${maps}/${at(turn, n % 100)}`, configMap(at(turn, n % 100), `${n} ${pad}`)),
        ),
      gets: (turn) => perSecond(clients, seconds, (n) => api.ask("GET", `${maps}/${at(turn, n % 100)}`)),
    });
    rows.push({
      clients,
      "etcd puts/s": round(rates.puts),
      "creates/s": round(rates.creates),
      "creates to etcd": round(rates.creates / rates.puts, 2),
      aim: round((upstream[clients] ?? 0) * 2, 2),
      "updates/s": round(rates.updates),
      "updates to etcd": round(rates.updates / rates.puts, 2),
      "gets/s": round(rates.gets),
      "event loop p99 ms": round(median(delays), 1),
    });
  }
  if (typeof etcd !== "string") await etcd.close();
  report("creates, updates and gets through the API", rows);
}

/** 99th percentile since the last question, milliseconds. */
async function eventLoopDelay(client: ApiClient): Promise<number> {
  const text = (await client.ask("GET", "/metrics")).toString();
  const found = /^bulkhead_event_loop_delay_seconds\{quantile="0.99"\} (\S+)/m.exec(text);
  return Number(found?.[1] ?? Number.NaN) * 1000;
}

async function listAndWatch(): Promise<void> {
  await api
    .ask(
      "POST",
      "/api/v1/namespaces/default/serviceaccounts",
      Buffer.from('{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"default"}}'),
    )
    .catch(() => undefined);
  for (let n = 0; n < 5000; n += 50)
    await Promise.all(Array.from({ length: 50 }, (_, i) => api.ask("POST", pods, pod(`pod-${n + i}`))));
  const all: number[] = [];
  let bytes = 0;
  for (let i = 0; i < 21; i++) {
    const start = performance.now();
    bytes = (await api.ask("GET", pods)).length;
    all.push(performance.now() - start);
  }
  // The first ones run on code that neither side has compiled yet, as the rates' first half second does.
  const lists = all.slice(10);
  report("list of 5,000 pods", [
    {
      "list ms": round(median(lists), 1),
      "fastest ms": round(Math.min(...lists), 1),
      "first ms": round(all[0] ?? Number.NaN, 1),
      "aim ms": round(149 / 3),
      MB: round(bytes / 2 ** 20, 1),
    },
  ]);
  report("50 watchers", [{ ...(await fanout()), "aim ms, last told": 2.4 }]);
}

/** From the write's answer, and from its sending, to the last of 50 watchers that hears of it. */
async function fanout(): Promise<Record<string, number>> {
  const watchers = 50;
  let waits = 0;
  let mark = "";
  let lastTold = 0;
  let all = (): void => {};
  const clients = await Promise.all(Array.from({ length: watchers }, () => connectApi(instance.kubeconfig)));
  for (const client of clients)
    client.stream(`${pods}?watch=true&resourceVersion=${await newest()}`, (piece) => {
      if (mark === "" || !piece.includes(mark)) return;
      lastTold = performance.now();
      if (--waits === 0) all();
    });
  const fromAnswer: number[] = [];
  const fromSending: number[] = [];
  for (let turn = 0; turn < 21; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    mark = `"watched-${turn}"`;
    waits = watchers;
    const told = new Promise<void>((resolve) => (all = resolve));
    const sent = performance.now();
    let answered = 0;
    await Promise.all([api.ask("POST", pods, pod(`watched-${turn}`)).then(() => (answered = performance.now())), told]);
    fromSending.push(lastTold - sent);
    fromAnswer.push(lastTold - answered);
  }
  for (const client of clients) client.close();
  return {
    "from the write's answer ms": round(median(fromAnswer), 1),
    "from its sending ms": round(median(fromSending), 1),
  };
}

async function newest(): Promise<string> {
  const list = JSON.parse((await api.ask("GET", `${pods}?limit=1`)).toString()) as {
    metadata: { resourceVersion: string };
  };
  return list.metadata.resourceVersion;
}
