import { describe, expect, test } from "vitest";
import type { SubjectAccessReview, TokenRequest } from "../../generated/types.ts";
import {
  validateLocalSubjectAccessReview,
  validateSelfSubjectAccessReview,
  validateSubjectAccessReview,
} from "./access-reviews.ts";
import { validateScale } from "./scale.ts";
import { defaultTokenRequest, validateTokenRequest } from "./token-request.ts";

const texts = (errors: readonly { readonly field: string; readonly message: string }[]): string[] =>
  errors.map(({ field, message }) => `${field}: ${message}`);

const makeReview = (spec: SubjectAccessReview["spec"], metadata = {}): SubjectAccessReview => ({
  apiVersion: "authorization.k8s.io/v1",
  kind: "SubjectAccessReview",
  metadata,
  spec,
});

const pods = { verb: "get", resource: "pods", namespace: "n" };

describe("access reviews", () => {
  test("ask of one who, and of one what", () => {
    expect(validateSubjectAccessReview(makeReview({ user: "ada", resourceAttributes: pods }))).toEqual([]);
    expect(texts(validateSubjectAccessReview(makeReview({ resourceAttributes: pods })))).toEqual([
      'spec.user: Invalid value: "": at least one of user or group must be specified',
    ]);
    expect(texts(validateSubjectAccessReview(makeReview({ user: "ada" }))).join()).toContain(
      "exactly one of nonResourceAttributes or resourceAttributes must be specified",
    );
    const both = { user: "ada", resourceAttributes: pods, nonResourceAttributes: { path: "/", verb: "get" } };
    expect(texts(validateSubjectAccessReview(makeReview(both))).join()).toContain("cannot be specified in combination");
  });

  test("of oneself name nobody", () => {
    expect(validateSelfSubjectAccessReview(makeReview({ resourceAttributes: pods }))).toEqual([]);
  });

  test("are no objects with a name", () => {
    expect(
      texts(validateSubjectAccessReview(makeReview({ user: "ada", resourceAttributes: pods }, { name: "x" }))).join(),
    ).toContain("must be empty");
  });

  test("in a namespace ask about that namespace", () => {
    const spec = { user: "ada", resourceAttributes: pods };
    expect(validateLocalSubjectAccessReview(makeReview(spec, { namespace: "n" }))).toEqual([]);
    expect(texts(validateLocalSubjectAccessReview(makeReview(spec, { namespace: "other" })))).toEqual([
      'spec.resourceAttributes.namespace: Invalid value: "n": must match metadata.namespace',
    ]);
  });

  test("with a selector say one", () => {
    const of = (labelSelector: object): string[] =>
      texts(validateSubjectAccessReview(makeReview({ user: "a", resourceAttributes: { ...pods, labelSelector } })));
    expect(of({}).join()).toContain("requirements or rawSelector is required");
    expect(of({ rawSelector: "a=b", requirements: [{ key: "a", operator: "Exists" }] }).join()).toContain(
      "may not specified at the same time",
    );
    expect(of({ rawSelector: "a=b" })).toEqual([]);
  });
});

describe("requests for tokens", () => {
  const makeRequest = (spec: Partial<TokenRequest["spec"]> = {}, name?: string): TokenRequest => {
    const request: TokenRequest = {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      metadata: name === undefined ? {} : { name },
      spec: { audiences: [], ...spec },
    };
    defaultTokenRequest(request, ["https://api"]);
    return request;
  };

  test("are for an hour and for the API server, unless said", () => {
    expect(makeRequest().spec).toEqual({ audiences: ["https://api"], expirationSeconds: 3600 });
    expect(makeRequest({ audiences: ["vault"] }).spec?.audiences).toEqual(["vault"]);
  });

  test("are for ten minutes at least", () => {
    expect(texts(validateTokenRequest(makeRequest({ expirationSeconds: 599 }), "default"))).toEqual([
      "spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes",
    ]);
    expect(validateTokenRequest(makeRequest({ expirationSeconds: 600 }), "default")).toEqual([]);
    expect(validateTokenRequest(makeRequest({ expirationSeconds: 2 ** 32 + 1 }), "default")).toHaveLength(1);
  });

  test("are for the account they are sent to", () => {
    expect(validateTokenRequest(makeRequest({}, "default"), "default")).toEqual([]);
    expect(texts(validateTokenRequest(makeRequest({}, "other"), "default"))).toEqual([
      'metadata.name: Invalid value: "other": must match the service account name if specified',
    ]);
  });
});

test("nothing is scaled below nothing", () => {
  const scale = { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "web" }, spec: { replicas: -1 } };
  expect(texts(validateScale(scale))).toEqual(["spec.replicas: Invalid value: -1: must be greater than or equal to 0"]);
  expect(validateScale({ ...scale, spec: {} })).toEqual([]);
});
