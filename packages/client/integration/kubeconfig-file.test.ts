import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  clientOptionsOf,
  createClient,
  emptyKubeconfig,
  type Kubeconfig,
  loadKubeconfig,
  resources,
  setInKubeconfig,
  writeKubeconfig,
} from "@bulkhead/client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { answer, startTestServer } from "./test-server.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kubeconfig-"));
});
afterEach(() => rm(folder, { recursive: true }));

const entry = (name: string, server: string, user: object, cluster: object = {}): Kubeconfig => ({
  ...emptyKubeconfig,
  clusters: [{ name, cluster: { server, ...cluster } }],
  users: [{ name, user }],
  contexts: [{ name, context: { cluster: name, user: name, namespace: "shop" } }],
  "current-context": name,
});

describe("kubeconfig files", () => {
  it("are written whole, for their owner only, and read back in order", async () => {
    const first = join(folder, "sub", "first");
    const second = join(folder, "second");
    await writeKubeconfig(first, entry("a", "https://a", { token: "1" }));
    await writeKubeconfig(
      first,
      setInKubeconfig(await loadKubeconfig([first]), entry("b", "https://b", { token: "2" })),
    );
    await writeKubeconfig(second, entry("a", "https://other", { token: "3" }));
    expect((await stat(first)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, "sub"))).toEqual(["first"]);
    const merged = await loadKubeconfig([first, join(folder, "absent"), second]);
    expect(merged.clusters.map(({ name, cluster }) => `${name} ${cluster.server}`).sort()).toEqual([
      "a https://a",
      "b https://b",
    ]);
    expect(clientOptionsOf(merged)).toMatchObject({
      namespace: "shop",
      user: "b",
      options: { server: "https://b", token: "2" },
    });
  });

  it("name what is wrong, and where", async () => {
    const path = join(folder, "broken");
    await writeFile(path, "users: [{name: x, user: 3}]");
    await expect(loadKubeconfig([path])).rejects.toMatchObject({
      code: "malformed",
      message: `${path}: users[0].user: must be a mapping`,
    });
    await expect(loadKubeconfig([join(folder, "absent")])).rejects.toMatchObject({ code: "absent" });
    await expect(loadKubeconfig([folder])).rejects.toMatchObject({ code: "unreadable" });
  });

  it("lead to a working client, with paths from the file's own folder", async () => {
    const server = await startTestServer((stream) => answer(stream, 200, { metadata: { name: "p" } }));
    await writeFile(join(folder, "ca.pem"), server.ca);
    await writeFile(join(folder, "token"), "from-file\n");
    const path = join(folder, "config");
    await writeKubeconfig(path, entry("t", server.url, { tokenFile: "token" }, { "certificate-authority": "ca.pem" }));
    const client = createClient(clientOptionsOf(await loadKubeconfig([path])).options);
    await client.get(resources.pods, { namespace: "n", name: "p" });
    expect(server.seen[0]?.headers["authorization"]).toBe("Bearer from-file");
    client.close();
    await server.close();
  });
});
