import type { KubeObject } from "@bulkhead/api";
import { type Client, type Resource, resources } from "@bulkhead/client";
import { type Comparable, comparableEvents, comparableObjects, eventOf } from "./comparable.ts";
import type { Scenario, ScenarioStep } from "./scenario.ts";

/** What a namespace holds, as far as the recording looked. */
const observed: readonly Resource<KubeObject>[] = [
  resources.configMaps,
  resources.deployments,
  resources.endpoints,
  resources.endpointSlices,
  resources.pods,
  resources.replicaSets,
  resources.secrets,
  resources.services,
] as unknown as readonly Resource<KubeObject>[];

/** Nothing has changed for so long, or for so many rounds of questions where the machine is busy: all is still. */
const quiet = { milliseconds: 700, rounds: 10 };

export interface PlayedStep {
  readonly code: number;
  readonly state: Comparable;
}

async function objectsOf(client: Client, namespace: string): Promise<KubeObject[]> {
  const lists = await Promise.all(observed.map((resource) => client.list(resource, { namespace })));
  return lists.flatMap((list) => list.items).filter((object) => object.metadata.name !== "kube-root-ca.crt");
}

async function untilStill(client: Client, namespace: string, atLeast: number): Promise<void> {
  const started = Date.now();
  let last = "";
  let since = Date.now();
  let round = 0;
  while (Date.now() - since < Math.max(quiet.milliseconds, quiet.rounds * round) || Date.now() - started < atLeast) {
    const asked = Date.now();
    const objects = await objectsOf(client, namespace);
    const events = await client.list(resources.events, { namespace });
    const now = [...objects, ...events.items]
      .map((object) => `${object.metadata.uid ?? ""}@${object.metadata.resourceVersion ?? ""}`)
      .join();
    round = Math.max(Date.now() - asked, round * 0.9);
    if (now !== last) {
      last = now;
      since = Date.now();
    }
    if (Date.now() - started > 120_000) throw new Error("it never became still");
    await new Promise((resolve) => setTimeout(resolve, 120));
  }
}

async function request(client: Client, namespace: string, step: ScenarioStep): Promise<number> {
  let path = step.path.replaceAll("{ns}", namespace);
  if (path.startsWith("pod!")) {
    const pods = await client.list(resources.pods, { namespace });
    path = path.replace("pod!", `/api/v1/namespaces/${namespace}/pods/${pods.items[0]?.metadata.name ?? ""}`);
  }
  const body = step.body === null ? undefined : JSON.stringify(step.body).replaceAll("{ns}", namespace);
  const answer = await client.raw(step.method, path, body, body === undefined ? {} : { "content-type": step.type });
  if (answer.status !== step.code)
    throw new Error(`${step.method} ${path}: ${answer.status} ${answer.body.toString()}`);
  return answer.status;
}

/** Plays a scenario in a namespace of its own; answers the state after each step. `atLeast`: milliseconds a step needs by itself. */
export async function play(
  client: Client,
  scenario: Scenario,
  namespace: string,
  chosen: (path: string, value: unknown) => boolean,
  atLeast: (step: number) => number,
): Promise<PlayedStep[]> {
  await client.create(resources.namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  await untilStill(client, namespace, 0);
  const told = new Set<string>();
  const played: PlayedStep[] = [];
  for (const [index, step] of scenario.steps.entries()) {
    const code = await request(client, namespace, step);
    await untilStill(client, namespace, atLeast(index));
    const objects = await objectsOf(client, namespace);
    const { texts, rename } = comparableObjects(objects, namespace, chosen);
    const events = await client.list(resources.events, { namespace });
    const all = comparableEvents(events.items.map(eventOf), rename);
    played.push({ code, state: { objects: texts, events: all.filter((text) => !told.has(text)) } });
    for (const text of all) told.add(text);
  }
  return played;
}
