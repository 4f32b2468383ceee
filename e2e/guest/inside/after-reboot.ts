import { existsSync } from "node:fs";
import { join } from "node:path";
import { resources } from "@bulkhead/client";
import { bulkhead, kubectl, must, root, run } from "./command.ts";
import { checkProber } from "./prober.ts";
import { expect, needed, step, tell, test, until } from "./report.ts";
import { admin, remembered, shopPods, views } from "./shop.ts";

/** Nobody but systemd starts anything here. */
export async function afterReboot(): Promise<void> {
  const before = await remembered();
  step("waiting for what the unit starts");
  await needed("after a reboot the unit brings everything back by itself", async () => {
    await until(300, async () => void (await must(bulkhead, "status")));
    expect((await must("systemctl", "is-active", "bulkhead.service")).trim() === "active", "the unit is not active");
  });
  await test("the shop's own pods run again, from images that no registry has any more", async () => {
    expect(!existsSync(join(root, "registry/data/docker")), "the registry has its images");
    const seen = await until(180, () => views(before.address));
    expect(seen > before.views, `page views went from ${before.views} to ${seen}: the database forgot`);
    const client = await admin();
    try {
      const pods = (await shopPods(client)).map((p) => p.metadata.uid ?? "").sort();
      expect(JSON.stringify(pods) === JSON.stringify(before.pods), `${before.pods.join(" ")} became ${pods.join(" ")}`);
    } finally {
      client.close();
    }
  });
  await test("packet rules were in force before the pods: nothing got through from the first moment on", () =>
    // The database answers by now, so that later tries had somebody to get through to.
    until(90, async () => checkProber(await must(kubectl, "-n", "shop", "logs", "deploy/prober"), 100)));
  await test("every move of the attack is refused again", async () => {
    const { code, stdout, stderr } = await run(bulkhead, "demo", "attack");
    expect(code === 0 && stdout.includes("9 moves made just now, 9 refused."), `${stdout}${stderr}`);
  });
  await writeUntilTheEnd();
}

export const powerNamespace = "power";
export const recordName = (writer: number, number: number): string => `w${writer}-${number}`;
/** What a record says, so that a name alone is not taken for the write. */
export const recordData = (writer: number, number: number): Record<string, string> => ({
  text: `record ${number} of writer ${writer} `.repeat(20),
});

/** Four writers that tell of each write once the API has acknowledged it, until somebody pulls the plug. */
async function writeUntilTheEnd(): Promise<void> {
  const client = await admin();
  await client.create(resources.namespaces, {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: powerNamespace },
  });
  step("writing, and telling of every write that is acknowledged");
  const write = async (writer: number): Promise<void> => {
    for (let number = 1; ; number++) {
      await client.create(resources.configMaps, {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: recordName(writer, number), namespace: powerNamespace },
        data: recordData(writer, number),
      });
      tell({ kind: "acknowledged", writer, number });
    }
  };
  await Promise.all([0, 1, 2, 3].map(write));
}
