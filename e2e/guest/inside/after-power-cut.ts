import type { ConfigMap } from "@bulkhead/api";
import { resources } from "@bulkhead/client";
import { powerNamespace, recordData, recordName } from "./after-reboot.ts";
import { bulkhead, must } from "./command.ts";
import { expect, needed, test, until } from "./report.ts";
import { admin, remembered, views } from "./shop.ts";

/** `acknowledged`: each writer's last record that the API had said yes to before the plug was pulled. */
export async function afterPowerCut(acknowledged: ReadonlyMap<number, number>): Promise<void> {
  const before = await remembered();
  await needed("after a power cut under load the unit brings everything back by itself", async () => {
    await until(300, async () => void (await must(bulkhead, "status")));
  });
  await test("every write that was acknowledged is there, whole", async () => {
    const client = await admin();
    try {
      const { items } = await client.list<ConfigMap>(resources.configMaps, { namespace: powerNamespace });
      const there = new Map(items.map((i) => [i.metadata.name ?? "", i.data]));
      let wanted = 0;
      for (const [writer, last] of acknowledged)
        for (let number = 1; number <= last; number++) {
          wanted += 1;
          const name = recordName(writer, number);
          expect(
            JSON.stringify(there.get(name)) === JSON.stringify(recordData(writer, number)),
            `${name} was acknowledged and is ${there.has(name) ? "damaged" : "gone"}`,
          );
        }
      expect(wanted > 100, `only ${wanted} writes were acknowledged`);
    } finally {
      client.close();
    }
  });
  await test("the audit log verifies from its beginning to its end", async () => {
    await must(bulkhead, "audit", "verify");
  });
  await test("the shop answers, and its database has lost nothing it had before", async () => {
    const seen = await until(180, () => views(before.address));
    expect(seen > before.views, `page views went from ${before.views} to ${seen}`);
  });
}
