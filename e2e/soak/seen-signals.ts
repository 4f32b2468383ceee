import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { runtimeSignals } from "@bulkhead/api";
import type { TestInstance } from "../instance/instance.ts";
import { told } from "../instance/tool-pod.ts";

const known: ReadonlySet<string> = new Set(runtimeSignals);

interface Listed {
  readonly items: readonly {
    readonly reason?: string;
    readonly message?: string;
    readonly involvedObject: { readonly namespace?: string; readonly name?: string };
  }[];
}

/** Every signal that was told so far, by Events and by what agent and API server logged: an Event alone might be lost. */
export async function seenSignals(instance: TestInstance): Promise<readonly string[]> {
  const { items } = JSON.parse(await told(instance, "get", "events", "-A", "-o", "json")) as Listed;
  const events = items
    .filter(({ reason }) => known.has(reason ?? ""))
    .map((event) => `${event.reason} ${event.involvedObject.namespace}/${event.involvedObject.name} ${event.message}`);
  const logs = await Promise.all(
    ["agent", "apiserver"].map((name) => readFile(join(instance.root, "logs", `${name}.log`), "utf8").catch(() => "")),
  );
  const logged = logs
    .flatMap((text) => text.split("\n"))
    .filter((line) => line.includes('"signal":"') && runtimeSignals.some((signal) => line.includes(`"${signal}"`)));
  return [...events, ...logged];
}
