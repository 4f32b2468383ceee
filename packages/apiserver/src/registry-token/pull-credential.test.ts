import { StatusError } from "@bulkhead/api";
import { normaliseExceptions, normaliseImages } from "@bulkhead/policy";
import type { StoredObject, StoreKey } from "@bulkhead/store";
import { expect, test } from "vitest";
import type { ImageResolver } from "../admission/image-facts.ts";
import type { ApiRequest } from "../request/api-request.ts";
import { answerPullCredential, type PullCredentialOptions } from "./pull-credential.ts";

const objects: Readonly<Record<string, object>> = {
  "deployments/shop/web": {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "shop" },
    spec: {
      template: {
        spec: {
          imagePullSecrets: [{ name: "pull" }],
          containers: [
            { name: "c", image: "registry.example/shop/web:1" },
            { name: "d", image: "elsewhere.example/shop/web:1" },
            {
              name: "e",
              image: `own.example/shop/patched/registry.example/base:1-patched.${"a".repeat(12)}.${"b".repeat(8)}`,
            },
          ],
        },
      },
    },
  },
  "secrets/shop/pull": {
    type: "kubernetes.io/dockerconfigjson",
    data: { ".dockerconfigjson": Buffer.from("the whole secret").toString("base64") },
  },
};
const store = {
  get: (key: StoreKey): StoredObject | undefined => {
    const object = objects[`${key.resource}/${key.namespace}/${key.name}`];
    return object === undefined
      ? undefined
      : { key, revision: 1, bytes: Buffer.from(JSON.stringify(object)), labels: {}, fields: {} };
  },
  open: ({ bytes }: Pick<StoredObject, "bytes">) => bytes,
} as unknown as PullCredentialOptions["store"];
const rules = normaliseImages({
  policies: [
    {
      apiVersion: "security.bulkhead.dev/v1alpha1",
      kind: "ImageTrustPolicy",
      metadata: { name: "p" },
      spec: { allow: [{ registry: "registry.example", repositories: ["*"] }] },
    },
  ],
  namespaces: [{ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } }],
  exceptions: normaliseExceptions([], 0),
});
const images = {
  resolve: () => Promise.reject(new Error("not asked here")),
  credential: (secrets, registry, repository) =>
    secrets.open().some(({ config }) => config === "the whole secret") ? `one of ${registry}/${repository}` : undefined,
} satisfies ImageResolver;

function ask(query: string, verb = "get") {
  const annotations: Record<string, string> = {};
  const audit = {
    critical: false,
    about: () => undefined,
    annotate: (key: string, value: string) => void (annotations[key] = value),
  };
  const request = { info: { verb, query: new URLSearchParams(query) }, audit } as unknown as ApiRequest;
  const answer = answerPullCredential({ store, images, rules: () => rules }, request);
  const body = answer.answer === "body" ? Buffer.from(answer.body as Uint8Array).toString() : "";
  return { answer: JSON.parse(body) as unknown, critical: audit.critical, annotations };
}

test("of a Deployment's pull secrets the one credential for its image is given, and this is recorded before", () => {
  expect(ask("namespace=shop&deployment=web&image=registry.example/shop/web")).toEqual({
    answer: { config: "one of registry.example/shop/web" },
    critical: true,
    annotations: { "images.security.bulkhead.dev/pull-secrets-read": "shop/pull" },
  });
});

test("what it runs was patched from counts as what it runs", () => {
  expect(ask("namespace=shop&deployment=web&image=registry.example/base").answer).toEqual({
    config: "one of registry.example/base",
  });
});

test.each([
  ["an image that it does not run", "namespace=shop&deployment=web&image=registry.example/shop/other", "Forbidden"],
  ["an image that no policy lists", "namespace=shop&deployment=web&image=elsewhere.example/shop/web", "Forbidden"],
  ["a Deployment that is not there", "namespace=bank&deployment=web&image=registry.example/shop/web", "Forbidden"],
  ["nothing named", "namespace=shop", "BadRequest"],
  ["no image", "namespace=shop&deployment=web&image=%20", "BadRequest"],
])("refused: %s", (_, query, reason) => {
  expect(() => ask(query)).toThrow(expect.objectContaining({ reason }) as StatusError);
});

test("it is only to be read", () => {
  expect(() => ask("namespace=shop&deployment=web&image=registry.example/shop/web", "post")).toThrow(StatusError);
});
