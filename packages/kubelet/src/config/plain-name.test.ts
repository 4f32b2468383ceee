import { describe, expect, test } from "vitest";
import { podFolders, podLogFolder } from "../volumes/folders.ts";
import { isAddressable, isPlainName } from "./plain-name.ts";
import { unsupportedFields } from "./unsupported.ts";

const kind = { apiVersion: "v1", kind: "Pod" };
const outside = ["", ".", "..", "../x", "a/b", "/etc", "..data", "a\0b", "a\nb", "-x", "a b"];

describe("names that an API server sends never lead out of the agent's folders", () => {
  test.each(outside)("%j is no plain name", (name) => {
    expect(isPlainName(name)).toBe(false);
    expect(() => podFolders("/r", name)).toThrow(/no plain name/);
    const folders = podFolders("/r", "u1");
    for (const at of [folders.volume, folders.filesVolume, folders.hostPath]) expect(() => at(name)).toThrow(/plain/);
    expect(() => folders.subPath(name, 0)).toThrow(/plain/);
    expect(() => folders.lastWords(name, 0)).toThrow(/plain/);
    for (const key of ["namespace", "name", "uid"]) {
      const pod = { namespace: "shop", name: "web", uid: "u1", [key]: name };
      expect(() => podLogFolder("/r", pod)).toThrow(/plain/);
      expect(isAddressable({ ...kind, metadata: pod })).toBe(false);
    }
  });

  test("ordinary names pass", () => {
    for (const name of ["web-0", "kube-api-access-x", "0a7f2c6e-9f3e-4b0f-9c0d-2f6f1f1f1f1f", "a.b", "data_1"])
      expect(isPlainName(name)).toBe(true);
    expect(isAddressable({ ...kind, metadata: { namespace: "shop", name: "web", uid: "u1" } })).toBe(true);
    expect(podFolders("/r", "u1").lastWords("app", 1)).toBe("/r/pods/u1/bounded/last-words-app-1");
  });

  test.each([
    [{ containers: [{ name: "../../etc" }] }, "spec.containers[*].name"],
    [{ containers: [{ name: "a" }], initContainers: [{ name: "x/y" }] }, "spec.containers[*].name"],
    [{ containers: [{ name: "a" }], ephemeralContainers: [{ name: ".." }] }, "spec.containers[*].name"],
    [{ containers: [{ name: "a" }], volumes: [{ name: "../../../etc", emptyDir: {} }] }, "spec.volumes[*].name"],
  ])("the node refuses %j", (spec, field) => {
    expect(unsupportedFields({ ...kind, metadata: {}, spec }).map((each) => each.field)).toEqual([field]);
  });
});
