import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { type Deployment, type Pod, type Service, StatusError } from "@bulkhead/api";
import { type Client, createClient, resources } from "@bulkhead/client";
import type { InstanceConfig, InstancePaths } from "@bulkhead/host";
import type { NetworkLayout } from "@bulkhead/network";
import { whyTraffic } from "@bulkhead/policy";
import { CommandFailure } from "../exit-codes.ts";
import { takeSnapshot } from "../instance/snapshot.ts";
import { askApiScript, evilPod, knockScript, type Move, type Outcome } from "./attack-moves.ts";
import { shopNamespace } from "./deploy-shop.ts";

/** A move that was made, and what stopped it. */
export interface MadeMove extends Move, Outcome {
  /** `NetworkPolicy shop/default-deny`: the object whose rule refused it, and why. Undefined where it succeeded. */
  readonly refusedBy: string | undefined;
  readonly why: string | undefined;
}

export interface AttackOn {
  readonly config: InstanceConfig;
  readonly paths: InstancePaths;
  readonly admin: Client;
  /** Told each move as soon as it was made. */
  readonly onMove: (move: MadeMove) => void;
}

/** How long a move inside the pod may take, in milliseconds; slow machines take half a minute to start a program. */
const insidePatience = 120_000;

/** Runs JavaScript in the web container with `kubectl exec`, as code in a hijacked server would run. */
async function inside(on: AttackOn, pod: string, script: string): Promise<Outcome> {
  const child = spawn(
    join(on.paths.parts, "bin", "kubectl"),
    [
      "--kubeconfig",
      on.paths.kubeconfig,
      "--namespace",
      shopNamespace,
      "exec",
      pod,
      "--container=web",
      "--",
      "/usr/bin/node",
      "-e",
      script,
    ],
    { stdio: ["ignore", "pipe", "pipe"], timeout: insidePatience },
  );
  let out = "";
  let err = "";
  child.stdout.on("data", (part: Buffer) => (out += part.toString("utf8")));
  child.stderr.on("data", (part: Buffer) => (err += part.toString("utf8")));
  await new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => resolve());
  });
  const line = out.trim().split("\n").at(-1) ?? "";
  try {
    return JSON.parse(line) as Outcome;
  } catch (cause) {
    throw new CommandFailure(
      `the move could not be made inside ${pod}: ${err.trim() || out.trim() || (child.signalCode === null ? `no output, exit code ${child.exitCode}` : "it took longer than two minutes")}`,
      1,
      cause,
    );
  }
}

/** Something that answers at the node's address, so that the knock on the node is a real one. */
async function listenOnNode(address: string): Promise<{ readonly port: number; close(): void }> {
  const server: Server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.end("the node answered\n");
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, address, resolve));
  const where = server.address();
  return { port: typeof where === "object" && where !== null ? where.port : 0, close: () => server.close() };
}

const first = (text: string): string => text.split("\n")[0] ?? "";

/** Plays the attack against the shop of an instance: every line is an attempt made now. */
export async function attack(on: AttackOn): Promise<MadeMove[]> {
  const topology = JSON.parse(await readFile(join(on.paths.run, "topology.json"), "utf8")) as { layout: NetworkLayout };
  const { layout } = topology;
  const { items } = await on.admin.list<Pod>(resources.pods, { namespace: shopNamespace, labelSelector: "app=web" });
  const web = items.find((p) => p.status?.phase === "Running" && p.metadata.deletionTimestamp === undefined);
  if (web === undefined)
    throw new CommandFailure("no running web pod in namespace shop; deploy the shop first: bulkhead demo");
  const pod = web.metadata.name ?? "";
  const database = await on.admin.get<Service>(resources.services, { namespace: shopNamespace, name: "db" });
  const dbAddress = database.spec?.clusterIP ?? "";
  const made: MadeMove[] = [];
  const tell = (move: MadeMove): void => {
    made.push(move);
    on.onMove(move);
  };

  /** Asks the decider which object refused it; the same that compiled the packet rules. */
  async function network(to: string, port: number): Promise<Pick<MadeMove, "refusedBy" | "why">> {
    const snapshot = await takeSnapshot(on.admin, on.paths, "traffic");
    const verdict = whyTraffic(snapshot, `${shopNamespace}/${pod}`, to, String(port));
    const because = verdict.because[0];
    if (verdict.decision === "allow" || because === undefined) return { refusedBy: undefined, why: "no rule of ours" };
    const object = because.object;
    return {
      refusedBy:
        object === undefined
          ? (because.rule ?? "packet rules")
          : `${object.kind} ${object.namespace ?? ""}/${object.name}`,
      why: because.says,
    };
  }
  async function knock(title: string, to: string, port: number, asked: string, greeting = ""): Promise<void> {
    const outcome = await inside(on, pod, knockScript(to, port, greeting));
    const why = outcome.succeeded ? { refusedBy: undefined, why: undefined } : await network(asked, port);
    tell({ title, place: "inside", ...outcome, ...why });
  }

  const node = await listenOnNode(layout.nodeAddress);
  try {
    await knock(
      "ask the cloud's metadata service for credentials",
      "169.254.169.254",
      80,
      "169.254.169.254",
      "GET / HTTP/1.0\r\n\r\n",
    );
    await knock("knock at the node itself", layout.nodeAddress, node.port, layout.nodeAddress);
  } finally {
    node.close();
  }
  await knock("talk to the database directly", dbAddress, 5432, `${shopNamespace}/db`);
  const asked = await inside(
    on,
    pod,
    askApiScript(layout.apiAddress, `/api/v1/namespaces/${shopNamespace}/secrets/db`),
  );
  tell({
    title: "read the database's Secret through the API",
    place: "inside",
    ...asked,
    ...(asked.succeeded ? { refusedBy: undefined, why: undefined } : await network(layout.apiAddress, 443)),
  });

  const image =
    (await on.admin.get<Deployment>(resources.deployments, { namespace: shopNamespace, name: "web" })).spec?.template
      .spec?.containers[0]?.image ?? "";
  const token = await stolenToken(on, pod);
  if (token !== undefined) {
    const thief = createClient({
      server: `https://127.0.0.1:${on.config.port}`,
      tls: { ca: await readFile(join(on.paths.pki, "admin", "server-ca.crt")) },
      token,
    });
    try {
      tell({
        title: "carry web's token off and read that Secret from elsewhere",
        place: "token",
        ...(await ask(() => thief.get(resources.secrets, { namespace: shopNamespace, name: "db" }), "Role shop/web")),
      });
      tell({
        title: "start a pod with that token",
        place: "token",
        ...(await create(thief, evilPod("privileged", shopNamespace, image), "Role shop/web")),
      });
    } finally {
      thief.close();
    }
  }
  // Even with the rights of an administrator.
  tell({
    title: "run an image from elsewhere",
    place: "admin",
    ...(await create(on.admin, evilPod("image", shopNamespace, image))),
  });
  tell({
    title: "run a privileged pod",
    place: "admin",
    ...(await create(on.admin, evilPod("privileged", shopNamespace, image))),
  });
  tell({
    title: "mount the host's disk",
    place: "admin",
    ...(await create(on.admin, evilPod("host", shopNamespace, image))),
  });
  return made;
}

/** What stands in the token file of the pod; undefined where it has none. */
async function stolenToken(on: AttackOn, pod: string): Promise<string | undefined> {
  const read = `try { console.log(JSON.stringify({ succeeded: true, answer: require("node:fs").readFileSync("/var/run/secrets/kubernetes.io/serviceaccount/token", "utf8") })) } catch { console.log(JSON.stringify({ succeeded: false, answer: "" })) }`;
  const { succeeded, answer } = await inside(on, pod, read);
  return succeeded ? answer : undefined;
}

type Answered = Pick<MadeMove, "succeeded" | "answer" | "refusedBy" | "why">;

async function ask(question: () => Promise<unknown>, refusing?: string): Promise<Answered> {
  try {
    await question();
    return { succeeded: true, answer: "answered", refusedBy: undefined, why: undefined };
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return {
      succeeded: false,
      answer: `${error.code} ${error.reason}`,
      refusedBy: refusing ?? refusingObject(error),
      why: first(error.message),
    };
  }
}

/** Creates a pod; where that works, waits for what it prints, and removes it again. */
async function create(client: Client, pod: object, refusing?: string): Promise<Answered> {
  const made = pod as Pod;
  const name = { namespace: made.metadata.namespace ?? "", name: made.metadata.name ?? "" };
  const answered = await ask(() => client.create(resources.pods, made), refusing);
  if (!answered.succeeded) return answered;
  const said = await lastWords(client, name);
  await client.delete(resources.pods, name, { gracePeriodSeconds: 0 }).catch(() => undefined);
  return { ...answered, answer: said };
}

/** What a pod that was let in printed; or how far it came. */
async function lastWords(client: Client, name: { readonly namespace: string; readonly name: string }): Promise<string> {
  const deadline = performance.now() + 15_000;
  for (;;) {
    const pod = await client.get<Pod>(resources.pods, name);
    const waiting = pod.status?.containerStatuses?.[0]?.state?.waiting?.reason ?? "";
    if (waiting === "ErrImagePull" || waiting === "ImagePullBackOff") return "admitted: the node goes to fetch it";
    if (pod.status?.phase === "Succeeded") {
      const log = await client.raw("GET", `/api/v1/namespaces/${name.namespace}/pods/${name.name}/log`);
      return first(log.body.toString("utf8"));
    }
    if (performance.now() > deadline) return `admitted: ${pod.status?.phase ?? "pending"}`;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Which object an admission refusal names. */
function refusingObject(error: StatusError): string {
  if (/PodSecurity/.test(error.message)) return `Namespace ${shopNamespace} (pod-security label)`;
  return /ImageTrustPolicy[^,:;]*/.exec(error.message)?.[0].trim() ?? error.reason;
}
