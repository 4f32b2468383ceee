import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { InstanceConfig } from "@bulkhead/host";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chooseRoot, instanceAt, type KnownInstance, rootOfCommand, serves } from "./find-instance.ts";
import { defaultRoot } from "./usual-root.ts";

const config = (port: number, listen = "127.0.0.1"): InstanceConfig =>
  ({ port, listen, nodeName: "vm" }) as InstanceConfig;
const instance = (root: string, port: number, running = true, listen?: string): KnownInstance => ({
  root,
  config: config(port, listen),
  running,
});

describe("which instance a command is about", () => {
  const [a, b] = [instance("/a", 7001), instance("/b", 7002)];
  const stopped = instance("/c", 7003, false);

  test("what was named, whatever runs", () => {
    expect(chooseRoot({ named: "/x/", server: "https://127.0.0.1:7001" }, [a, b])).toBe("/x");
  });
  test("where the kubeconfig leads, stopped or not", () => {
    expect(chooseRoot({ server: "https://127.0.0.1:7002" }, [a, b])).toBe("/b");
    expect(chooseRoot({ server: "https://127.0.0.1:7003" }, [a, b, stopped])).toBe("/c");
  });
  test("a kubeconfig of another machine says nothing", () => {
    expect(chooseRoot({ server: "https://k8s.example:6443" }, [a])).toBe("/a");
  });
  test("the one that the command was installed for, where it is there", () => {
    expect(chooseRoot({ installed: "/b" }, [a, b])).toBe("/b");
    expect(chooseRoot({ installed: "/gone" }, [a])).toBe("/a");
  });
  test("the only one that runs; else the usual place", () => {
    expect(chooseRoot({}, [a, stopped])).toBe("/a");
    expect(chooseRoot({}, [stopped])).toBe(defaultRoot);
    expect(chooseRoot({}, [])).toBe(defaultRoot);
  });
  test("several that run are listed", () => {
    expect(() => chooseRoot({}, [a, b])).toThrow(
      expect.objectContaining({ exit: 2, message: expect.stringMatching(/--root \/a .*\n.*--root \/b /) }),
    );
  });
});

test.each<[string, string, boolean]>([
  ["127.0.0.1", "https://127.0.0.1:7001", true],
  ["127.0.0.1", "https://localhost:7001", true],
  ["127.0.0.1", "https://127.0.0.1:7002", false],
  ["127.0.0.1", "https://10.1.1.1:7001", false],
  // Two instances may have one port at different addresses.
  ["10.1.1.1", "https://127.0.0.1:7001", false],
  ["10.1.1.1", "https://10.1.1.1:7001", true],
  ["0.0.0.0", "https://10.1.1.1:7001", true],
  ["0.0.0.0", "https://10.1.1.2:7001", false],
  ["::", "https://[::1]:7001", true],
])("listening on %s answers at %s: %s", (listen, server, answer) => {
  expect(serves(config(7001, listen), server, ["10.1.1.1"])).toBe(answer);
});

test("a supervisor is known by its command line", () => {
  expect(rootOfCommand(["/a/programs/node", "--max-semi-space-size=1", "/a/programs/supervisor.mjs", "/a"])).toBe("/a");
  expect(rootOfCommand(["/a/programs/node", "/a/programs/supervisor.mjs", "/a", "kept"])).toBe("/a");
  expect(rootOfCommand(["node", "/b/programs/supervisor.mjs", "/a"])).toBeUndefined();
  expect(rootOfCommand(["supervisor.mjs"])).toBeUndefined();
});

describe("what is no instance", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "bulkhead-find-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("says where it looked, what to do, and what else there is", async () => {
    await expect(instanceAt(join(folder, "none"), [instance("/a", 1)])).rejects.toMatchObject({
      name: "NoInstanceFailure",
      exit: 2,
      message: expect.stringMatching(/no instance at .*none; start one with: bulkhead up --root .*\n.*\n.*--root \/a/),
    });
    writeFileSync(join(folder, "file"), "");
    await expect(instanceAt(join(folder, "file"))).rejects.toMatchObject({ name: "NoInstanceFailure" });
  });
  test("a damaged one is told apart", async () => {
    writeFileSync(join(folder, "instance.json"), "{");
    await expect(instanceAt(folder)).rejects.toMatchObject({ exit: 2, message: expect.stringContaining("damaged") });
  });
});
