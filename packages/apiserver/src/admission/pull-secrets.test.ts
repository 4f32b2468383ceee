import type { PodSpec } from "@bulkhead/api";
import type { StoredObject, StoreKey } from "@bulkhead/store";
import { expect, test } from "vitest";
import { pullSecretsFor } from "./pull-secrets.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const dockerSecret = (config: string) => ({
  type: "kubernetes.io/dockerconfigjson",
  data: { ".dockerconfigjson": base64(config) },
});

/** A store of these objects, and what was opened of it. */
function storeOf(objects: Readonly<Record<string, object>>) {
  const opened: string[] = [];
  const revisions = new Map<string, number>();
  const annotations: Record<string, string> = {};
  const store = {
    get: (key: StoreKey): StoredObject | undefined => {
      const name = `${key.resource}/${key.namespace}/${key.name}`;
      const object = objects[name];
      if (object === undefined) return undefined;
      const bytes = Buffer.from(JSON.stringify(object));
      return { key, revision: revisions.get(name) ?? 1, bytes, labels: {}, fields: {} };
    },
    open: ({ key, bytes }: Pick<StoredObject, "key" | "bytes">) => {
      opened.push(key.name);
      return bytes;
    },
  };
  const ask = (spec: Partial<PodSpec>, template = false, namespace = "shop") =>
    pullSecretsFor(store)(
      { namespace, annotate: (key, value) => void (annotations[key] = value) },
      { containers: [], ...spec },
      template,
    );
  return { ask, opened, annotations, revisions };
}

const named = (...names: string[]): Partial<PodSpec> => ({ imagePullSecrets: names.map((name) => ({ name })) });

test("the secrets that a pod names are opened when they are asked for, and this is told", () => {
  const { ask, opened, annotations } = storeOf({
    "secrets/shop/a": dockerSecret("A"),
    "secrets/shop/old": { type: "kubernetes.io/dockercfg", data: { ".dockercfg": base64("OLD") } },
    "secrets/shop/other": { type: "Opaque", data: { ".dockerconfigjson": base64("NO") } },
    "secrets/bank/b": dockerSecret("B"),
  });
  const secrets = ask(named("a", "b", "old", "other", "a"));
  expect([secrets.names, secrets.absent, opened]).toEqual([["a", "b", "old", "other"], ["b"], []]);
  expect(annotations).toEqual({});
  for (const _ of [1, 2])
    expect(secrets.open()).toEqual([
      { name: "a", config: "A" },
      { name: "old", config: "OLD" },
    ]);
  expect(opened).toEqual(["a", "old", "other"]);
  expect(Object.values(annotations)).toEqual(["shop/a shop/old shop/other"]);
});

test("a template that names none is asked about with its ServiceAccount's; a pod has been given them already", () => {
  const { ask } = storeOf({
    "serviceaccounts/shop/default": { imagePullSecrets: [{ name: "usual" }] },
    "serviceaccounts/shop/web": { imagePullSecrets: [{ name: "webs" }] },
  });
  expect(ask({}, true).names).toEqual(["usual"]);
  expect(ask({ serviceAccountName: "web" }, true).names).toEqual(["webs"]);
  expect(ask({ serviceAccountName: "gone" }, true).names).toEqual([]);
  expect(ask({ ...named("own"), serviceAccountName: "web" }, true).names).toEqual(["own"]);
  expect(ask({ serviceAccountName: "web" }, false).names).toEqual([]);
});

test("another namespace, another secret and another revision are other credentials; no value stands in the key", () => {
  const both = { type: "kubernetes.io/dockerconfigjson", data: { ".dockerconfigjson": base64("hunter2") } };
  const { ask, revisions } = storeOf({ "secrets/shop/a": both, "secrets/bank/a": both, "secrets/shop/b": both });
  const key = ask(named("a")).key;
  expect(ask(named("a")).key).toBe(key);
  const others = [ask(named("a"), false, "bank").key, ask(named("b")).key, ask(named()).key, ask(named("a", "b")).key];
  revisions.set("secrets/shop/a", 2);
  expect(new Set([key, ...others, ask(named("a")).key]).size).toBe(6);
  expect(key).not.toContain(base64("hunter2"));
});
