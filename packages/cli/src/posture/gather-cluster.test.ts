import { type KubeObject, type Secret, StatusError } from "@bulkhead/api";
import type { Client, ListOptions, Resource } from "@bulkhead/client";
import { describe, expect, test } from "vitest";
import { gatherCluster } from "./gather-cluster.ts";

interface Served {
  readonly namespaces: readonly string[] | "forbidden";
  readonly objects: readonly KubeObject[];
  /** `secrets` in every namespace, `secrets/kube-system` in one. */
  readonly forbidden: readonly string[];
  /** Items of a page; the server decides. */
  readonly page?: number;
}

const refused = (what: string): StatusError =>
  new StatusError({ reason: "Forbidden", message: `${what} is forbidden` });

/** A server of pods, secrets and namespaces that answers as it was told. */
function fakeClient({ namespaces, objects, forbidden, page = 100 }: Served): Client {
  const named = (names: readonly string[]): KubeObject[] =>
    names.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } }));
  const discovery: Readonly<Record<string, unknown>> = {
    "/api/v1": {
      resources: [
        { name: "pods", kind: "Pod", namespaced: true, verbs: ["list"] },
        { name: "pods/log", kind: "Pod", namespaced: true, verbs: ["get"] },
        { name: "secrets", kind: "Secret", namespaced: true, verbs: ["list"] },
        { name: "namespaces", kind: "Namespace", namespaced: false, verbs: ["list"] },
      ],
    },
    "/apis": { groups: [{ name: "apps", versions: [{ groupVersion: "apps/v1", version: "v1" }] }] },
  };
  const list = async (resource: Resource, { namespace, continue: next = "0" }: ListOptions = {}) => {
    if (resource.resource === "namespaces") {
      if (namespaces === "forbidden") throw refused("namespaces");
      return { metadata: {}, items: named(namespaces) };
    }
    if (namespace === undefined && forbidden.includes(resource.resource)) throw refused(resource.resource);
    if (namespace !== undefined && forbidden.includes(`${resource.resource}/${namespace}`))
      throw refused(`${resource.resource} in ${namespace}`);
    const all = objects.filter(
      ({ kind, metadata }) => kind === resource.kind && (namespace === undefined || metadata.namespace === namespace),
    );
    const from = Number(next);
    const items = all.slice(from, from + page);
    return { metadata: from + page < all.length ? { continue: String(from + page) } : {}, items };
  };
  const raw = async (_: string, path: string) => {
    const found = discovery[path];
    return { status: found === undefined ? 500 : 200, headers: {}, body: Buffer.from(JSON.stringify(found ?? {})) };
  };
  return { list, raw } as unknown as Client;
}

const pod = (namespace: string, name: string): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { namespace, name, managedFields: [{ manager: "x" }] },
});
const secret = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: {
    namespace: "a",
    name: "s",
    annotations: { "kubectl.kubernetes.io/last-applied-configuration": '{"data":{"password":"aHVudGVyMg=="}}' },
  },
  data: { password: "aHVudGVyMg==" },
} as unknown as KubeObject;

describe("what a cluster holds", () => {
  test("every page is read, managed fields are left, and a Secret keeps the names of its keys alone", async () => {
    const objects = [...Array.from({ length: 7 }, (_, i) => pod("a", `p${i}`)), secret];
    const read = await gatherCluster(fakeClient({ namespaces: ["a"], objects, forbidden: [], page: 3 }), "a");
    expect(read.objects.filter(({ kind }) => kind === "Pod")).toHaveLength(7);
    expect(JSON.stringify(read.objects)).not.toMatch(/aHVudGVyMg|managedFields/);
    const kept = read.objects.find(({ kind }) => kind === "Secret") as Secret | undefined;
    expect(kept?.data).toEqual({ password: "" });
    expect(kept?.metadata.annotations).toEqual({
      "kubectl.kubernetes.io/last-applied-configuration": "(not kept)",
    });
  });

  test("a group that does not answer is not known; a kind that is not served has no objects", async () => {
    const { unread } = await gatherCluster(fakeClient({ namespaces: ["a"], objects: [], forbidden: [] }), "a");
    expect(unread.map(({ kind }) => kind)).toContain("apps/Deployment");
    expect(unread.map(({ kind }) => kind)).not.toContain("batch/Job");
  });

  test("what may not be listed whole is listed where it may be; the rest is named with the server's words", async () => {
    const objects = [pod("a", "p"), secret];
    const forbidden = ["secrets", "secrets/b"];
    const read = await gatherCluster(fakeClient({ namespaces: ["a", "b"], objects, forbidden }), "a");
    expect(read.objects.map(({ kind }) => kind)).toContain("Secret");
    expect(read.unread).toContainEqual({ kind: "Secret", namespace: "b", why: "secrets in b is forbidden" });
  });

  test("forbidden everywhere is said once", async () => {
    const forbidden = ["secrets", "secrets/a", "secrets/b"];
    const { unread } = await gatherCluster(fakeClient({ namespaces: ["a", "b"], objects: [], forbidden }), "a");
    expect(unread.filter(({ kind }) => kind === "Secret")).toEqual([{ kind: "Secret", why: "secrets is forbidden" }]);
  });

  test("whoever may not list namespaces is asked for their own, and all others are not known", async () => {
    const objects = [pod("a", "p"), pod("b", "q")];
    const read = await gatherCluster(fakeClient({ namespaces: "forbidden", objects, forbidden: ["pods"] }), "a");
    expect(read.objects.filter(({ kind }) => kind === "Pod").map(({ metadata }) => metadata.name)).toEqual(["p"]);
    expect(read.unread).toContainEqual({ kind: "Pod", namespace: "other namespaces", why: "pods is forbidden" });
    expect(read.unread).toContainEqual({ kind: "Namespace", why: "namespaces is forbidden" });
  });
});
