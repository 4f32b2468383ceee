import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { instancePaths, settleInstance, wishFault } from "./instance.ts";

it.each(["nonsense", "", "300.1.1.1", "localhost"])("refuses to listen on %j", (listen) => {
  expect(wishFault({ root: "/x", listen })).toMatch("--listen");
});

it.each([
  "",
  "/x",
  "registry.example.com/",
  "registry.example.com//x",
  "Registry.example.com/x",
  "a b",
  "registry.example.com/te*",
  "https://a/b",
])("refuses to trust %j", (pattern) => {
  expect(wishFault({ root: "/x", trust: ["registry.example.com", pattern] })).toMatch("--trust");
});

it.each(["*", "registry.example.com", "registry.example.com:5000/team/*", "127.0.0.1:5000/shop/web", "localhost/*"])(
  "can trust %j",
  (pattern) => {
    expect(wishFault({ root: "/x", listen: "0.0.0.0", trust: [pattern] })).toBeUndefined();
  },
);

it("keeps what a person wrote into it", async () => {
  const root = await mkdtemp(join(tmpdir(), "bulkhead-instance-"));
  try {
    const first = await settleInstance({ root });
    await writeFile(instancePaths(root).config, JSON.stringify({ ...first, learningHours: 2 }));
    expect(await settleInstance({ root, port: 7443 })).toMatchObject({ port: 7443, learningHours: 2 });
  } finally {
    await rm(root, { recursive: true });
  }
});

it("leaves the instance as it was when a wish is refused", async () => {
  const root = await mkdtemp(join(tmpdir(), "bulkhead-instance-"));
  try {
    await settleInstance({ root, listen: "127.0.0.1" });
    const before = await readFile(instancePaths(root).config, "utf8");
    await expect(settleInstance({ root, listen: "nonsense" })).rejects.toThrow("--listen");
    expect(await readFile(instancePaths(root).config, "utf8")).toBe(before);
  } finally {
    await rm(root, { recursive: true });
  }
});
