import type { Pod, Volume } from "@bulkhead/api";
import type { Client } from "@bulkhead/client";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fileMode, filesOwnership } from "./ownership.ts";
import { checkPath, type PayloadFacts, payload } from "./payload.ts";
import { createPodTokens, renewalTime } from "./tokens.ts";

const makePod = (spec: Partial<NonNullable<Pod["spec"]>> = {}): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web", namespace: "shop", uid: "u1", labels: { app: "web" } },
  spec: { containers: [{ name: "app" }], ...spec },
});

const base64 = (text: string) => Buffer.from(text).toString("base64");

const facts: PayloadFacts = {
  podIps: [],
  hostIps: [],
  allocatable: {},
  token: async (audience, seconds) => `${audience ?? "api"}/${seconds}`,
  objects: {
    configMap: async (name) =>
      name === "page"
        ? { apiVersion: "v1", kind: "ConfigMap", metadata: {}, data: { a: "1" }, binaryData: { b: base64("2") } }
        : undefined,
    secret: async (name) =>
      name === "keys" ? { apiVersion: "v1", kind: "Secret", metadata: {}, data: { pin: base64("1234") } } : undefined,
  },
};

const filesOf = async (volume: Omit<Volume, "name">) =>
  ((await payload(makePod(), { name: "v", ...volume }, facts)) ?? []).map(({ path, bytes, mode }) => [
    path,
    bytes.toString(),
    mode,
  ]);

describe("the files of a volume", () => {
  test("a ConfigMap's data, text and binary", async () => {
    expect(await filesOf({ configMap: { name: "page" } })).toEqual([
      ["a", "1", 0o644],
      ["b", "2", 0o644],
    ]);
  });
  test("a Secret's chosen keys, with their modes", async () => {
    const items = [{ key: "pin", path: "deep/pin", mode: 0o400 }];
    expect(await filesOf({ secret: { secretName: "keys", items } })).toEqual([["deep/pin", "1234", 0o400]]);
  });
  test("several sources in one, later ones winning", async () => {
    const sources = [
      { serviceAccountToken: { path: "token" } },
      { serviceAccountToken: { path: "vault", audience: "vault", expirationSeconds: 600 } },
      { configMap: { name: "page", items: [{ key: "a", path: "x" }] } },
      { downwardAPI: { items: [{ path: "x", fieldRef: { fieldPath: "metadata.name" } }] } },
    ];
    expect(await filesOf({ projected: { sources, defaultMode: 0o440 } })).toEqual([
      ["token", "api/3600", 0o440],
      ["vault", "vault/600", 0o440],
      ["x", "web", 0o440],
    ]);
  });
  test("what is optional may be missing, and nothing else", async () => {
    expect(await filesOf({ secret: { secretName: "none", optional: true } })).toEqual([]);
    await expect(filesOf({ secret: { secretName: "none" } })).rejects.toThrow('secret "none" not found');
    const items = [{ key: "x", path: "x" }];
    await expect(filesOf({ configMap: { name: "page", items } })).rejects.toThrow('has no key "x"');
  });
  test.each(["", "/a", "a/../b", "..", "a//b", "./a", "..data", "..x/y"])("path %j is refused", (path) => {
    expect(() => checkPath(path)).toThrow();
  });
  test("no path that passes leads up", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(".", "/", "a") }), (path) => {
        try {
          expect(new URL(checkPath(path), "file:///v/").pathname.startsWith("/v/")).toBe(true);
        } catch (error) {
          expect((error as { code?: string }).code).toBe("BadPath");
        }
      }),
    );
  });
});

describe("who may read them", () => {
  const shared = (securityContext: NonNullable<NonNullable<Pod["spec"]>["securityContext"]>) =>
    makePod({ securityContext });
  test.each([
    ["nobody known: as asked", makePod(), 0o644, [0, 0, 0o644]],
    ["one user", shared({ runAsUser: 5 }), 0o644, [5, 0, 0o640]],
    ["a group", shared({ fsGroup: 6 }), 0o644, [0, 6, 0o640]],
    ["a group, owner's only", shared({ fsGroup: 6 }), 0o400, [0, 6, 0o440]],
    ["both", shared({ runAsUser: 5, fsGroup: 6 }), 0o604, [5, 6, 0o640]],
  ])("%s", (_, pod, mode, expected) => {
    const owner = filesOwnership(pod, 0);
    expect([owner.uid, owner.gid, fileMode(mode, pod, owner)]).toEqual(expected);
  });
  test("where mounts cannot map owners, files get the mapped one", () => {
    expect(filesOwnership(shared({ fsGroup: 6 }), 65_536)).toMatchObject({ uid: 65_536, gid: 65_542 });
  });
});

describe("tokens", () => {
  test("are due at 80 % of their life, and once a day at least", () => {
    expect(renewalTime(0, 1000)).toBe(800);
    expect(renewalTime(0, 10 * 86_400_000)).toBe(86_400_000);
  });
  test("are asked for once, bound to the pod, and again when due; an old one outlives an API that is away", async () => {
    let now = 0;
    let away = false;
    const asked: unknown[] = [];
    const post = async (path: string, body: unknown) => {
      if (away) throw new Error("away");
      asked.push([path, body]);
      return { status: { token: `t${asked.length}`, expirationTimestamp: new Date(now + 1_000_000).toISOString() } };
    };
    const tokens = createPodTokens({ post } as unknown as Client, () => now);
    const get = () => tokens.get(makePod({ serviceAccountName: "robot" }), "vault", 1000);
    expect([await get(), await get()]).toEqual(["t1", "t1"]);
    expect(asked).toMatchObject([
      [
        "/api/v1/namespaces/shop/serviceaccounts/robot/token",
        {
          spec: {
            audiences: ["vault"],
            expirationSeconds: 1000,
            boundObjectRef: { kind: "Pod", name: "web", uid: "u1" },
          },
        },
      ],
    ]);
    expect(tokens.renewAt("u1")).toBe(800_000);
    now = 800_000;
    expect(await get()).toBe("t2");
    away = true;
    now = 1_700_000;
    expect(await get()).toBe("t2");
    now = 1_900_000;
    await expect(get()).rejects.toThrow("away");
  });
});
