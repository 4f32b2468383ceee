import { describe, expect, test } from "vitest";
import { linkOf } from "./runtime.ts";

describe("a sandbox's link", () => {
  test("is the interface outside of it", () => {
    const info = {
      cniResult: { Interfaces: { lo: { Sandbox: "/ns" }, eth0: { Sandbox: "/ns" }, veth9: { Sandbox: "" } } },
      runtimeSpec: { linux: { namespaces: [{ type: "pid" }, { type: "network", path: "/ns" }] } },
    };
    expect(linkOf(JSON.stringify(info))).toEqual({ netns: "/ns", hostInterface: "veth9" });
  });
  test("is unknown where the runtime does not say", () => {
    expect(linkOf(undefined)).toEqual({ netns: undefined, hostInterface: undefined });
    expect(linkOf("{}")).toEqual({ netns: undefined, hostInterface: undefined });
  });
});
