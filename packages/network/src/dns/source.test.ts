import { mkdtemp, rm } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "@bulkhead/api";
import { expect, test, vi } from "vitest";
import { followRecords } from "./source.ts";

test("a teller that ends in the middle of a word is left; what it told before serves until another is whole", async () => {
  const folder = await mkdtemp(join(tmpdir(), "bulkhead-dns-"));
  const path = join(folder, "records.sock");
  const a = (address: string): string => `${JSON.stringify({ name: "a.test", records: [{ type: "A", address }] })}\n`;
  const told = [
    `${a("10.0.0.1")}{"ready":true}\n`,
    `${a("10.0.0.2")}{"name":"b.te`,
    `${a("10.0.0.3")}{"ready":true}\n`,
  ];
  let connections = 0;
  const server = net.createServer((socket) => {
    const text = told[connections++] ?? "";
    // The first two are cut, the third stays.
    if (connections < 3) socket.end(text);
    else socket.write(text);
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const source = followRecords(path, silentLog);
  const seen = new Set<string>();
  try {
    await vi.waitUntil(
      () => {
        seen.add(JSON.stringify(source.table()?.find("a.test") ?? null));
        return connections >= 3 && JSON.stringify(source.table()?.find("a.test")).includes("10.0.0.3");
      },
      { timeout: 10_000, interval: 1 },
    );
    expect([...seen].join()).not.toContain("10.0.0.2");
    expect(source.table()?.find("b.test")).toBeUndefined();
  } finally {
    source.close();
    server.close();
    await rm(folder, { recursive: true });
  }
});
