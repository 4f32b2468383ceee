import { specDigest } from "@bulkhead/host";
import { expect, it } from "vitest";
import { withRegistryPreparation } from "./table.ts";

const spec = (name: string) => ({ name, command: [name], env: { PATH: "/bin" }, sockets: [], outlives: false });
const table = { format: 1 as const, processes: [spec("registry"), spec("apiserver")] };
const digests = (digest: string) => withRegistryPreparation(table, digest).processes.map(specDigest);

it("replaces the registry, and nothing else, when its certificate or its settings are others", () => {
  const [registry, apiserver] = digests("old");
  expect(digests("old")).toEqual([registry, apiserver]);
  const [renewed, same] = digests("new");
  expect(renewed).not.toBe(registry);
  expect(same).toBe(apiserver);
});
