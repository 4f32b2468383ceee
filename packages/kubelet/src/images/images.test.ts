import type { Secret } from "@bulkhead/api";
import { describe, expect, test } from "vitest";
import { defaultImageThresholds, imagesToRemove, type KnownImage } from "./collector.ts";
import { credentialsFor } from "./credentials.ts";
import { parseImage, pullPolicy } from "./reference.ts";

describe("references", () => {
  test.each([
    ["busybox", "docker.io", "library/busybox", undefined, undefined],
    ["me/app:1", "docker.io", "me/app", "1", undefined],
    ["localhost:5000/a/b:c", "localhost:5000", "a/b", "c", undefined],
    ["r.example/x@sha256:ab", "r.example", "x", undefined, "sha256:ab"],
  ])("%s", (text, registry, repository, tag, digest) => {
    expect(parseImage(text)).toEqual({ registry, repository, tag, digest });
  });
  test.each([
    [undefined, "a", "Always"],
    [undefined, "a:latest", "Always"],
    [undefined, "a:1", "IfNotPresent"],
    [undefined, "a@sha256:x", "IfNotPresent"],
    ["Never", "a", "Never"],
  ])("policy %s for %s is %s", (asked, image, expected) => {
    expect(pullPolicy(asked, image)).toBe(expected);
  });
});

const secretOf = (auths: Record<string, unknown>): Secret => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: {},
  type: "kubernetes.io/dockerconfigjson",
  data: { ".dockerconfigjson": Buffer.from(JSON.stringify({ auths })).toString("base64") },
});

describe("credentials", () => {
  const auth = Buffer.from("ann:pa:ss").toString("base64");
  const own = [{ registry: "127.0.0.1:5000", login: { username: "node", password: "secret" } }];
  test("of the pod's secrets, the most specific first, then the machine's", () => {
    const secret = secretOf({ "127.0.0.1:5000": { username: "a", password: "b" }, "127.0.0.1:5000/team": { auth } });
    expect(
      credentialsFor("127.0.0.1:5000/team/app:1", [secret], own).map((each) => [each?.username, each?.password]),
    ).toEqual([
      ["ann", "pa:ss"],
      ["a", "b"],
      ["node", "secret"],
    ]);
  });
  test("of a machine that the runtime itself makes known are none, behind the secrets'", () => {
    const known = [{ registry: "127.0.0.1:5000" }];
    const secret = secretOf({ "127.0.0.1:5000": { auth } });
    expect(credentialsFor("127.0.0.1:5000/app:1", [], known)).toEqual([undefined]);
    expect(credentialsFor("127.0.0.1:5000/app:1", [secret], known).map((each) => each?.username)).toEqual([
      "ann",
      undefined,
    ]);
  });
  test("never go to another registry", () => {
    const secret = secretOf({ "r.example": { auth }, "*.safe.example": { auth } });
    expect(credentialsFor("r.example.evil/app", [secret], own)).toEqual([undefined]);
    expect(credentialsFor("evil/r.example/app", [secret], own)).toEqual([undefined]);
    expect(credentialsFor("a.b.safe.example/app", [secret], own)).toEqual([undefined]);
    expect(credentialsFor("a.safe.example/app", [secret], own)).toHaveLength(1);
    expect(credentialsFor("127.0.0.1:5001/app", [], own)).toEqual([undefined]);
  });
  test("carry the one host that they may be shown to: never a mirror, and Docker Hub under its API's name", () => {
    const shownTo = (image: string, registry: string) =>
      credentialsFor(image, [secretOf({ [registry]: { auth } })], []).map((each) => each?.serverAddress);
    expect(shownTo("r.example:5000/app", "r.example:5000")).toEqual(["https://r.example:5000"]);
    expect(shownTo("me/app", "https://index.docker.io/v1/")).toEqual(["https://registry-1.docker.io"]);
  });
  test("a prefix is whole path parts", () => {
    const secret = secretOf({ "r.example/team": { auth } });
    expect(credentialsFor("r.example/teammate/app", [secret], [])).toEqual([undefined]);
    expect(credentialsFor("r.example/team/app", [secret], [])).toHaveLength(1);
  });
  test("a broken secret is no credential", () => {
    const broken = { ...secretOf({}), data: { ".dockerconfigjson": Buffer.from("{").toString("base64") } };
    expect(credentialsFor("r.example/app", [broken], [])).toEqual([undefined]);
  });
});

describe("image collection", () => {
  const image = (id: string, changes: Partial<KnownImage> = {}): KnownImage => ({
    id,
    size: 10,
    pinned: false,
    inUse: false,
    firstSeen: 0,
    lastUsed: 0,
    ...changes,
  });
  const all = [
    image("pinned", { pinned: true }),
    image("used", { inUse: true }),
    image("young", { firstSeen: 999_000 }),
    image("recent", { lastUsed: 500 }),
    image("old", { lastUsed: 100 }),
  ];
  const remove = (available: number) =>
    imagesToRemove(all, { capacity: 100, available }, defaultImageThresholds, 1_000_000).map(({ id }) => id);
  test("nothing while there is room", () => {
    expect(remove(16)).toEqual([]);
  });
  test("the longest unused first, until there is room", () => {
    expect(remove(12)).toEqual(["old"]);
    expect(remove(2)).toEqual(["old", "recent"]);
  });
});
