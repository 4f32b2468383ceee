import { expect, test } from "vitest";
import { included } from "./included.ts";

const paths = ["spec.containers.resources", "spec.nodeName"];

test("what lies at or below a path stays, through the elements of lists", () => {
  const fields = {
    "f:metadata": { "f:labels": { "f:a": {} } },
    "f:spec": {
      ".": {},
      "f:nodeName": {},
      "f:containers": {
        'k:{"name":"a"}': { ".": {}, "f:image": {}, "f:resources": { ".": {}, "f:limits": { "f:cpu": {} } } },
        'k:{"name":"b"}': { "f:image": {} },
      },
    },
  };
  expect(included(fields, paths)).toEqual({
    "f:spec": {
      "f:nodeName": {},
      "f:containers": { 'k:{"name":"a"}': { "f:resources": { ".": {}, "f:limits": { "f:cpu": {} } } } },
    },
  });
});

test("nothing is left of a set that no path touches, or only ends above one", () => {
  expect(included({ "f:status": {} }, paths)).toBeUndefined();
  expect(included({ "f:spec": {} }, paths)).toBeUndefined();
  expect(included(undefined, paths)).toBeUndefined();
});
