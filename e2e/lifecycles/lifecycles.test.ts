import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cluster, startCluster } from "./api-server.ts";
import { comparableEvents, comparableObjects, withoutLostHashes } from "./comparable.ts";
import { isChosen, notServed, stepsNotCompared, timeOf } from "./differences.ts";
import { startFakeNode } from "./fake-node.ts";
import { play } from "./play.ts";
import { scenarios } from "./scenario.ts";

let cluster: Cluster;
const stop = new AbortController();

beforeAll(async () => {
  cluster = await startCluster();
  await startFakeNode(cluster.admin, cluster.clientFor("admin"), stop.signal);
});
afterAll(async () => {
  stop.abort();
  await cluster.close();
});

describe("what our controllers make of requests is what upstream's made of them", () => {
  for (const scenario of scenarios) {
    const why = notServed[scenario.name];
    const title = why === undefined ? scenario.name : `${scenario.name} (skipped: ${why})`;
    // What depends on seconds passing is played alone, so that a busy machine does not stretch them.
    const concurrent = timeOf(scenario, 1) === 0;
    it.skipIf(why !== undefined)(title, { concurrent }, async () => {
      const namespace = `ns-${scenario.name.replace("/", "-")}`;
      const played = await play(cluster.admin, scenario, namespace, isChosen, (step) => timeOf(scenario, step));
      for (const [index, step] of scenario.steps.entries()) {
        if (step.after === null || step.after === undefined) continue;
        if (stepsNotCompared[scenario.name]?.step === index + 1) continue;
        const wanted = comparableObjects(step.after.objects, "<ns>", isChosen);
        const state = played[index]?.state;
        expect(state?.objects.map(parse), `objects after step ${index + 1}`).toEqual(wanted.texts.map(parse));
        const events = withoutLostHashes(comparableEvents(step.after.events, (text) => text));
        expect(withoutLostHashes(state?.events ?? []), `events after step ${index + 1}`).toEqual(events);
      }
    });
  }
});

const parse = (text: string): unknown => JSON.parse(text);
