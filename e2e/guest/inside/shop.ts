import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Pod } from "@bulkhead/api";
import { type Client, clientOptionsOf, createClient, loadKubeconfig, resources } from "@bulkhead/client";
import { kubeconfig, root } from "./command.ts";
import { expect } from "./report.ts";

export const admin = async (): Promise<Client> =>
  createClient(clientOptionsOf(await loadKubeconfig([kubeconfig])).options);

export interface InstanceFacts {
  readonly id: string;
  readonly registryPort: number;
  readonly users: { readonly registry: number };
}

export const instance = async (): Promise<InstanceFacts> =>
  JSON.parse(await readFile(join(root, "instance.json"), "utf8")) as InstanceFacts;

/** What a later boot must find again. */
export interface Remembered {
  readonly address: string;
  readonly database: string;
  readonly views: number;
  /** The shop's pods by uid. */
  readonly pods: readonly string[];
}

const memory = "/root/remembered.json";
export const remember = (facts: Remembered): Promise<void> => writeFile(memory, JSON.stringify(facts));
export const remembered = async (): Promise<Remembered> => JSON.parse(await readFile(memory, "utf8")) as Remembered;

/** The shop's page and how many it has served: a number that its database counts. */
export async function views(address: string): Promise<number> {
  const answer = await fetch(address, { signal: AbortSignal.timeout(10_000) });
  const text = await answer.text();
  expect(answer.ok && text.includes("Brass lantern"), `${address} answered ${answer.status}: ${text.slice(0, 300)}`);
  const count = Number(/page view (\d+)/.exec(text)?.[1]);
  expect(count > 0, `${address} tells no page views`);
  return count;
}

/** Pods of the shop, with the label `app` where it is named. */
export async function shopPods(client: Client, app?: string): Promise<readonly Pod[]> {
  const labelSelector = app === undefined ? {} : { labelSelector: `app=${app}` };
  return (await client.list<Pod>(resources.pods, { namespace: "shop", ...labelSelector })).items;
}
