import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isLongRunning, parseRequest } from "./request-info.ts";

const parsed = (method: string, url: string) => {
  const info = parseRequest(method, url);
  return info === undefined
    ? undefined
    : [info.verb, info.group, info.version, info.namespace, info.resource, info.subresource, info.name].join("|");
};

describe("what a path and a method ask for", () => {
  test.each([
    ["GET", "/api/v1/pods", "list||v1||pods||"],
    ["GET", "/api/v1/pods?watch=true", "watch||v1||pods||"],
    ["GET", "/api/v1/pods?watch=0", "list||v1||pods||"],
    ["GET", "/api/v1/watch/namespaces/a/pods", "watch||v1|a|pods||"],
    ["POST", "/api/v1/namespaces/a/pods", "create||v1|a|pods||"],
    ["GET", "/api/v1/namespaces/a/pods/p/log", "get||v1|a|pods|log|p"],
    ["GET", "/api/v1/namespaces", "list||v1||namespaces||"],
    ["GET", "/api/v1/namespaces/a", "get||v1|a|namespaces||a"],
    ["PUT", "/api/v1/namespaces/a/finalize", "update||v1|a|namespaces|finalize|a"],
    ["DELETE", "/apis/apps/v1/namespaces/a/deployments", "deletecollection|apps|v1|a|deployments||"],
    ["PATCH", "/apis/apps/v1/namespaces/a/deployments/d/status", "patch|apps|v1|a|deployments|status|d"],
    ["GET", "/api/v1/pods?fieldSelector=spec.x%3D1,metadata.name%3Dp", "list||v1||pods||p"],
    ["GET", "/api/v1/pods?fieldSelector=metadata.name!%3Dp", "list||v1||pods||"],
    ["GET", "/version", "get||||||"],
    ["GET", "/apis/apps/v1", "get|apps|||||"],
  ])("%s %s", (method, url, expected) => {
    expect(parsed(method, url)).toBe(expected);
  });

  test.each([
    "/api/v1/namespaces/a%2Fb/pods",
    "/api/v1/namespaces/../pods",
    "/api/v1/pods/%00",
    "/api/v1/pods/%zz",
    "api",
  ])("%s names nothing", (url) => expect(parseRequest("GET", url)).toBeUndefined());

  test("no segment of any path holds a separator", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.webSegment(), fc.string())), (segments) => {
        const info = parseRequest("GET", `/api/v1/${segments.map(encodeURIComponent).join("/")}`);
        for (const part of [info?.namespace, info?.resource, info?.subresource, info?.name])
          expect(part ?? "").not.toMatch(/[/\0]|^\.\.?$/);
      }),
    );
  });

  test("watches, logs and tunnels are long-running", () => {
    const long = (url: string) => {
      const info = parseRequest("GET", url);
      return info !== undefined && isLongRunning(info);
    };
    expect(
      ["/api/v1/pods?watch=1", "/api/v1/namespaces/a/pods/p/log", "/api/v1/namespaces/a/pods/p/exec"].map(long),
    ).toEqual([true, true, true]);
    expect(["/api/v1/pods", "/api/v1/namespaces/a/pods/p/status"].map(long)).toEqual([false, false]);
  });
});
