import { describe, expect, it } from "vitest";
import type { Distribution } from "./inventory.ts";
import { releaseOf } from "./inventory.ts";

describe("releaseOf", () => {
  const cases: readonly (readonly [Distribution, string | undefined])[] = [
    [{ id: "debian", versionId: "12" }, "debian:12"],
    [{ id: "debian", codename: "forky" }, "debian:forky"],
    [{ id: "debian" }, undefined],
    [{ id: "ubuntu", versionId: "24.04" }, "ubuntu:24.04"],
    [{ id: "alpine", versionId: "3.22.1" }, "alpine:v3.22"],
    [{ id: "alpine", versionId: "3.22.1", repositoryRelease: "v3.23" }, "alpine:v3.23"],
    [{ id: "alpine", versionId: "3.23_alpha20250612" }, "alpine:edge"],
    [{ id: "almalinux", versionId: "9.4" }, "almalinux:9"],
    [{ id: "rhel", versionId: "8.10" }, "rhel:8"],
    [{ id: "wolfi", versionId: "20230201" }, "wolfi"],
    [{ id: "" }, undefined],
  ];
  for (const [distribution, release] of cases) {
    it(`${JSON.stringify(distribution)} is ${release ?? "unknown"}`, () => {
      expect(releaseOf(distribution)).toBe(release);
    });
  }
});
