import { expect, test } from "vitest";
import { mediaType, negotiate } from "./negotiate.ts";

test.each([
  [undefined, "json object"],
  ["*/*", "json object"],
  ["application/vnd.kubernetes.protobuf,application/json", "json object"],
  ["application/json;as=Table;v=v1;g=meta.k8s.io,application/json", "json table"],
  ["application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io", "json partial"],
  ["application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json", "json discovery-v2"],
  ["application/json;g=apidiscovery.k8s.io;v=v3;as=APIGroupDiscoveryList,application/json", "json object"],
  ["application/com.github.proto-openapi.spec.v2@v1.0+protobuf", "json openapi-v2"],
  ["text/html;q=0.9, application/json;q=0.1", "json object"],
])("%s", (accept, expected) => {
  const { format, as } = negotiate(accept);
  expect(`${format} ${as}`).toBe(expected);
});

test("what cannot be answered is 406", () => {
  for (const accept of ["text/html", "application/json;as=Nonsense;v=v1;g=meta.k8s.io"])
    expect(() => negotiate(accept)).toThrow(expect.objectContaining({ code: 406 }));
});

test("a media type is what stands before its parameters", () => {
  expect([mediaType("Application/JSON; charset=utf-8"), mediaType(undefined)]).toEqual(["application/json", ""]);
});
