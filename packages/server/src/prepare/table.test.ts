import { specDigest } from "@bulkhead/host";
import { expect, it } from "vitest";
import { withRegistryCertificate } from "./table.ts";

const spec = (name: string) => ({ name, command: [name], env: { PATH: "/bin" }, sockets: [], outlives: false });
const table = { format: 1 as const, processes: [spec("registry"), spec("apiserver")] };
const digests = (certificate: string) => withRegistryCertificate(table, certificate).processes.map(specDigest);

it("replaces the registry, and nothing else, when its certificate is another", () => {
  const [registry, apiserver] = digests("old");
  expect(digests("old")).toEqual([registry, apiserver]);
  const [renewed, same] = digests("new");
  expect(renewed).not.toBe(registry);
  expect(same).toBe(apiserver);
});
