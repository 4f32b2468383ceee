import type { Pod, PodSecurityContext, SecurityContext } from "@bulkhead/api";
import { describe, expect, test } from "vitest";
import { namespaceMode, securityProfileType } from "../cri/schema.ts";
import { checkUser, containerSecurity, type ImageUser, namespaceOptions, seccompProfile } from "./security.ts";
import { freeRange, hasUserNamespace, rangeLength } from "./user-namespace.ts";

const makePod = (spec: Partial<NonNullable<Pod["spec"]>> = {}): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web", namespace: "shop", uid: "u1" },
  spec: { containers: [{ name: "app" }], ...spec },
});

const root: ImageUser = { uid: undefined, username: "" };
const facts = { userRange: 65_536, apparmor: false, seccompFolder: "/seccomp" };

const of = (own?: SecurityContext, shared?: PodSecurityContext, image: ImageUser = root) =>
  containerSecurity(
    makePod(shared === undefined ? {} : { securityContext: shared }),
    { name: "app", ...(own === undefined ? {} : { securityContext: own }) },
    image,
    facts,
  );

describe("a container's security, when it asks for nothing", () => {
  test("seccomp's default, no new privileges, masked paths, a user namespace", () => {
    const security = of();
    expect(security.seccomp).toEqual({ profileType: securityProfileType.RuntimeDefault });
    expect(security).toMatchObject({ noNewPrivs: true, privileged: false });
    expect(security.maskedPaths).toContain("/proc/kcore");
    expect(security.namespaceOptions?.usernsOptions).toMatchObject({
      mode: namespaceMode.POD,
      uids: [{ hostId: 65_536, containerId: 0, length: 65_536 }],
    });
  });
  test("each is given up only when said", () => {
    expect(of({ allowPrivilegeEscalation: true }).noNewPrivs).toBe(false);
    expect(of({ procMount: "Unmasked" }).maskedPaths).toEqual([]);
    expect(of({ seccompProfile: { type: "Unconfined" } }).seccomp?.profileType).toBe(securityProfileType.Unconfined);
    const privileged = of({ privileged: true });
    expect(privileged).toMatchObject({ privileged: true, noNewPrivs: false });
    expect(privileged.seccomp).toBeUndefined();
  });
});

describe("seccomp fails closed", () => {
  test("an unknown type is refused", () => {
    expect(() => seccompProfile({ type: "" }, "/s")).toThrow("not known");
  });
  test.each(["", "/etc/passwd", "../x", "a/../../b"])("a local profile %j is refused", (localhostProfile) => {
    expect(() => seccompProfile({ type: "Localhost", localhostProfile }, "/s")).toThrow(
      "below the node's profile folder",
    );
  });
  test("a local profile is found in its folder", () => {
    expect(seccompProfile({ type: "Localhost", localhostProfile: "a/b.json" }, "/s").localhostRef).toBe("/s/a/b.json");
  });
});

describe("users", () => {
  const judge = (image: ImageUser, own: SecurityContext) => () =>
    checkUser(makePod(), { name: "app", securityContext: own }, image);
  const nonRoot = { runAsNonRoot: true };
  test.each([
    [{ uid: 0, username: "" }, "image will run as root"],
    [root, "image will run as root"],
    [{ uid: undefined, username: "web" }, "non-numeric user (web)"],
    [{ uid: undefined, username: "0" }, "image will run as root"],
  ])("%j with runAsNonRoot is refused", (image, message) => {
    expect(judge(image, nonRoot)).toThrow(message);
  });
  test.each([2 ** 31, 2 ** 32, -1])("an image's user %d is refused always", (uid) => {
    expect(judge({ uid, username: "" }, {})).toThrow("outside of");
    expect(judge({ uid: undefined, username: String(uid) }, {})).toThrow("outside of");
  });
  test("runAsUser 0 breaks runAsNonRoot", () => {
    expect(judge(root, { ...nonRoot, runAsUser: 0 })).toThrow("breaks non-root policy");
  });
  test("a number that is not root passes", () => {
    expect(judge({ uid: 1000, username: "" }, nonRoot)).not.toThrow();
    expect(judge(root, { ...nonRoot, runAsUser: 5 })).not.toThrow();
  });
  test("the container's user goes before the pod's, and that before the image's", () => {
    const image = { uid: 7, username: "" };
    expect(of({ runAsUser: 1 }, { runAsUser: 2 }, image).runAsUser).toEqual({ value: 1 });
    expect(of(undefined, { runAsUser: 2 }, image).runAsUser).toEqual({ value: 2 });
    expect(of(undefined, undefined, image).runAsUser).toEqual({ value: 7 });
    expect(of(undefined, undefined, { uid: undefined, username: "web" }).runAsUsername).toBe("web");
  });
  test("fsGroup is one of the supplemental groups", () => {
    expect(of(undefined, { fsGroup: 10, supplementalGroups: [20] }).supplementalGroups).toEqual([10, 20]);
  });
});

describe("namespaces", () => {
  test("of the host, only as asked", () => {
    const pod = makePod({ hostNetwork: true, hostPID: true, hostIPC: true });
    expect(namespaceOptions(pod, { userRange: undefined })).toEqual({
      network: namespaceMode.NODE,
      pid: namespaceMode.NODE,
      ipc: namespaceMode.NODE,
      usernsOptions: { mode: namespaceMode.NODE },
    });
  });
  test("one user namespace for every pod that does not ask for the host's", () => {
    const mode = "unless-host-users";
    expect(hasUserNamespace(makePod(), mode)).toBe(true);
    expect(hasUserNamespace(makePod({ hostUsers: true }), mode)).toBe(false);
    for (const odd of ["yes", 1, null])
      expect(hasUserNamespace(makePod({ hostUsers: odd as unknown as boolean }), mode)).toBe(true);
    expect(hasUserNamespace(makePod({ hostNetwork: true }), mode)).toBe(false);
    expect(
      hasUserNamespace(makePod({ containers: [{ name: "a", securityContext: { privileged: true } }] }), mode),
    ).toBe(false);
    expect(hasUserNamespace(makePod(), "when-asked")).toBe(false);
    expect(hasUserNamespace(makePod({ hostUsers: false }), "when-asked")).toBe(true);
  });
  test("ranges never overlap, and are given again when free", () => {
    const taken = new Set<number>();
    for (let pod = 0; pod < 3; pod++) taken.add(freeRange(1_000_000, 3, taken) ?? -1);
    expect([...taken]).toEqual([1_000_000, 1_000_000 + rangeLength, 1_000_000 + 2 * rangeLength]);
    expect(freeRange(1_000_000, 3, taken)).toBeUndefined();
    taken.delete(1_000_000 + rangeLength);
    expect(freeRange(1_000_000, 3, taken)).toBe(1_000_000 + rangeLength);
  });
});
