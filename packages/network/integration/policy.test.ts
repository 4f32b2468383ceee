import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Instance, startInstance } from "./support/instance.ts";
import { lacking } from "./support/machine.ts";
import type { TestPod } from "./support/world.ts";

const missing = lacking();

describe.skipIf(missing !== "")(`NetworkPolicy on real packets ${missing}`, () => {
  let instance: Instance;
  let web: TestPod;
  let db: TestPod;

  beforeAll(async () => {
    instance = await startInstance();
    instance.namespace("shop", { team: "shop" });
    web = await instance.pod("shop/web", 11, { labels: { app: "web" } });
    db = await instance.pod("shop/db", 12, { labels: { app: "db" } });
    await db.listen("TCP", 5432);
  });
  afterAll(async () => {
    await instance?.close();
  });

  test("pods that no policy selects reach each other", async () => {
    expect(await web.attempt({ to: db.ip, port: 5432 })).toBe(`ok shop-db ${web.ip}`);
  });
});
