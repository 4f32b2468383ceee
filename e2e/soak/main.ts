/** An ordinary life with the shop, `main.ts MINUTES`, in which no signal may be told; at the end one that must be. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { run, startInstance, type TestInstance, until } from "../instance/instance.ts";
import { pushToolImage } from "../instance/test-image.ts";
import { applied, told } from "../instance/tool-pod.ts";
import { keptVisit, visitors } from "../instance/visitors.ts";
import { ordinaryActs } from "./ordinary-acts.ts";
import { namespaces, residents } from "./residents.ts";
import { seenSignals } from "./seen-signals.ts";

const program = fileURLToPath(new URL("../../packages/cli/bin/bulkhead.mjs", import.meta.url));
const minutes = Number(process.argv[2] ?? 60);
if (!(minutes > 0)) throw new Error(`${process.argv[2]}: how many minutes is that?`);
const say = (text: string): void => {
  process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
};

async function settleIn(instance: TestInstance): Promise<string> {
  // Learning is short beside the whole: most of the time whatever is new would be told.
  const file = join(instance.root, "instance.json");
  const config = JSON.parse(await readFile(file, "utf8")) as object;
  await writeFile(file, JSON.stringify({ ...config, learningHours: minutes / 60 / 10 }));
  for (const words of [
    ["down"],
    ["up", "--detach", "--port", String(instance.port)],
    ["demo", "--no-attack", "--port", String(instance.port)],
    ["allow", "node", "privileged-namespace", namespaces.host, "--reason", "a pod in the host's network"],
  ]) {
    // The shop's images are made of Debian packages: on a machine that is busy that takes its time.
    const ran = await run(process.execPath, [program, ...words, "--root", instance.root], { timeout: 900_000 });
    if (ran.code !== 0) throw new Error(`${words.join(" ")}: ${ran.stderr}`);
  }
  const { layout } = JSON.parse(await readFile(join(instance.root, "run", "topology.json"), "utf8")) as {
    layout: { apiAddress: string };
  };
  const named = "jsonpath={.spec.template.spec.containers[0].image}";
  const image = await told(instance, "-n", "shop", "get", "deployment", "api", "-o", named);
  const tool = await pushToolImage(instance);
  const open = { "pod-security.kubernetes.io/enforce": "privileged" };
  await applied(
    instance,
    Object.values(namespaces).map((name) => ({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name, labels: name === namespaces.host ? open : {} },
    })),
  );
  for (const name of Object.values(namespaces))
    await told(
      instance,
      "-n",
      name,
      "create",
      "rolebinding",
      "asks",
      "--clusterrole=admin",
      `--serviceaccount=${name}:default`,
    );
  await applied(instance, residents({ image, tool, apiAddress: layout.apiAddress }));
  for (const name of ["shop", ...Object.values(namespaces)])
    await told(instance, "-n", name, "wait", "deployment", "--all", "--for=condition=Available", "--timeout=180s");
  return `http://${await told(instance, "-n", "shop", "get", "service", "web", "-o", "jsonpath={.spec.clusterIP}")}`;
}

/** Somebody looks at the shop twice a second. */
const onlooker = (address: string) =>
  visitors(
    keptVisit(address, (text) => (text.includes("Brass lantern") ? undefined : "no lantern"), 5000),
    { count: 1, pause: 500 },
  );

/** A soak that is deaf would pass as well: what carries a pod's token away must be told. */
async function isHeard(instance: TestInstance): Promise<boolean> {
  const read =
    'process.stdout.write(require("node:fs").readFileSync("/var/run/secrets/kubernetes.io/serviceaccount/token"))';
  const token = await told(
    instance,
    "-n",
    namespaces.api,
    "exec",
    "deployment/asks",
    "--",
    "/usr/bin/node",
    "-e",
    read,
  );
  const server = `--server=https://127.0.0.1:${instance.port}`;
  await instance.kubectl(
    "--kubeconfig=/dev/null",
    server,
    "--insecure-skip-tls-verify",
    `--token=${token}`,
    "get",
    "pods",
    "-n",
    namespaces.api,
  );
  const seen = await until(
    () => seenSignals(instance),
    (signals) => signals.some((each) => each.startsWith("TokenUsedElsewhere")),
    40,
  );
  return seen.some((each) => each.startsWith("TokenUsedElsewhere"));
}

const stopped = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopped.abort());

const instance = await startInstance();
let failed = true;
try {
  const leave = onlooker(await settleIn(instance));
  const began = performance.now();
  const acts = ordinaryActs(instance);
  const counts = new Map<string, number>();
  const reported = new Set<string>();
  const troubles: string[] = [];
  const past = (): number => (performance.now() - began) / 60_000;
  for (let turn = 0, told = 0; past() < minutes && !stopped.signal.aborted; turn++) {
    const act = acts[turn % acts.length];
    if (act === undefined) break;
    if (past() >= told + 5) {
      told = Math.floor(past());
      say(
        `${told} of ${minutes} minutes: ${turn} acts, ${troubles.length} did not work, ${reported.size} false alarms`,
      );
    }
    try {
      await act.run();
      counts.set(act.name, (counts.get(act.name) ?? 0) + 1);
    } catch (error) {
      troubles.push(`${act.name}: ${String(error)}`);
      say(`did not work: ${act.name}: ${String(error).slice(0, 600)}`);
    }
    await pause(5000);
    for (const signal of await seenSignals(instance))
      if (!reported.has(signal)) {
        reported.add(signal);
        say(`FALSE ALARM about the time of "${act.name}": ${signal}`);
      }
  }
  // What happened last is told within a look at files, a minute.
  if (!stopped.signal.aborted) await pause(Math.min(70_000, minutes * 10_000));
  for (const signal of await seenSignals(instance)) reported.add(signal);
  const { answered: served } = await leave();
  const lasted = past();
  const heard = await isHeard(instance);
  for (const [name, count] of counts) say(`${count} times: ${name}`);
  say(
    `${lasted.toFixed(1)} minutes, ${served} pages served, ${reported.size} false alarms, ${troubles.length} acts that did not work`,
  );
  if (!heard) say("a token that was carried away was not told: this run proves nothing");
  if (stopped.signal.aborted) say(`stopped after ${lasted.toFixed(1)} of ${minutes} minutes`);
  failed = stopped.signal.aborted || reported.size > 0 || troubles.length > 0 || !heard || served === 0;
} finally {
  await instance.remove();
}
process.exit(failed ? 1 : 0);
