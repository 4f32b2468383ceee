import { expect, test } from "vitest";
import type { Registries } from "../registry/registries.ts";
import type { RegistryClient } from "../registry/registry-client.ts";
import { RegistryError, type RegistryErrorCode } from "../registry/registry-error.ts";
import { signaturePlaces } from "./signature-places.ts";

const digest = `sha256:${"a".repeat(64)}`;

/** Registries whose places answer as told: with their own name, or a failure. */
function registriesOf(places: Readonly<Record<string, RegistryErrorCode | "answers">>) {
  const asked: string[] = [];
  const client = (host: string): RegistryClient => {
    const answer = (): Promise<Uint8Array> => {
      asked.push(host);
      const code = places[host] ?? "answers";
      return code === "answers" ? Promise.resolve(Buffer.from(host)) : Promise.reject(new RegistryError(code, host));
    };
    return { blob: answer, referrers: answer } as Partial<RegistryClient> as RegistryClient;
  };
  const registries: Registries = {
    placesOf: () => Object.keys(places).map((host) => ({ host, client: client(host) })),
    ask: () => Promise.reject(new Error("not asked here")),
  };
  return { asked, registry: signaturePlaces(registries, "r.example", "shop/web") };
}

test("the registry itself is asked, though a mirror comes first for images", async () => {
  const { registry, asked } = registriesOf({ mirror: "answers", "r.example": "answers" });
  expect(String(await registry.blob("shop/web", digest, 9))).toBe("r.example");
  expect(asked).toEqual(["r.example"]);
});

test("a registry that cannot be reached is not waited for twice; its mirrors answer in order", async () => {
  const { registry, asked } = registriesOf({ first: "unreachable", second: "answers", "r.example": "unreachable" });
  expect(String(await registry.blob("shop/web", digest, 9))).toBe("second");
  expect(String(await registry.referrers?.("shop/web", digest))).toBe("second");
  expect(asked).toEqual(["r.example", "first", "second", "second"]);
});

test.each(["absent", "unauthorized", "digest-mismatch"] as const)("what the registry says stands: %s", async (code) => {
  const { registry, asked } = registriesOf({ mirror: "answers", "r.example": code });
  await expect(registry.blob("shop/web", digest, 9)).rejects.toMatchObject({ code });
  expect(asked).toEqual(["r.example"]);
});

test("where nobody answers the last failure is told", async () => {
  const { registry } = registriesOf({ mirror: "unreachable", "r.example": "unreachable" });
  for (const _ of [1, 2])
    await expect(registry.blob("shop/web", digest, 9)).rejects.toMatchObject({ code: "unreachable" });
});
