import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { helperCredential } from "./credential-helper.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bulkhead-helper-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Asks a helper with this body. */
function ask(body: string, more: { readonly name?: string; readonly timeout?: number } = {}) {
  writeFileSync(join(folder, "docker-credential-test"), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  const env = { PATH: `${folder}:/usr/bin:/bin` };
  return helperCredential({ name: "test", server: "r.example", env, timeout: 5_000, ...more });
}

test("a helper is asked for the registry, and its answer taken as password or as token", async () => {
  const answer = `read server; [ "$1" = get ] && printf '{"ServerURL":"%s","Username":"ann","Secret":"of-%s"}' "$server" "$server"`;
  expect(await ask(answer)).toEqual({ username: "ann", password: "of-r.example" });
  expect(await ask(`echo '{"Username":"<token>","Secret":"refresh"}'`)).toEqual({
    username: "",
    password: "",
    identityToken: "refresh",
  });
});

test("one that has none says so; that is no failure", async () => {
  expect(await ask("echo 'credentials not found in native keychain'; exit 1")).toBeUndefined();
});

test.each<[string, string, { readonly name?: string; readonly timeout?: number }, RegExp]>([
  ["fails", "echo hunter2; exit 3", {}, /ended with 3/],
  ["answers no JSON", "echo hunter2", {}, /no JSON/],
  ["answers nothing of use", `echo '{"hunter2":1}'`, {}, /no user and secret/],
  ["answers without end", "yes hunter2", {}, /more than/],
  ["does not answer", "sleep 30", { timeout: 100 }, /within 0.1 seconds/],
  ["is not there", "true", { name: "none" }, /not on the path/],
  ["is named like a path", "true", { name: "../test" }, /name/],
])("one that %s is named, and nothing that it said", async (_, body, more, why) => {
  const failure: unknown = await ask(body, more).catch((error: unknown) => error);
  expect(String(failure)).toMatch(why);
  expect(String(failure)).not.toContain("hunter2");
});
