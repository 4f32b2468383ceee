import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readBelow } from "./gather-instance.ts";
import { makeRecoveryKey, openingOf, readPassphrase, readRecoveryKey, vouching } from "./opening.ts";
import type { ReadBackup } from "./read-backup.ts";
import { newRecoveryKey, parseRecoveryKey } from "./recovery-key.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bulkhead-opening-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const at = (name: string): string => join(folder, name);
const passphrase = async (text: string, mode = 0o600): Promise<string> => {
  await writeFile(at("passphrase"), text);
  await chmod(at("passphrase"), mode);
  return at("passphrase");
};

test("a recovery key is for its owner alone, and never written over", async () => {
  const { recipient } = await makeRecoveryKey(at("key"), "SHA256:x");
  expect((await stat(at("key"))).mode & 0o777).toBe(0o600);
  expect((await readRecoveryKey(at("key")))?.recipient).toBe(recipient);
  await expect(makeRecoveryKey(at("key"), undefined)).rejects.toThrow(/is there already/);
  expect(await readRecoveryKey(at("none"))).toBeUndefined();
  await chmod(at("key"), 0o644);
  await expect(readRecoveryKey(at("key"))).rejects.toThrow(/others may get at the keys/);
});

test("a passphrase is one line of some length, which others cannot read", async () => {
  expect(await readPassphrase(await passphrase("correct horse battery\n"))).toBe("correct horse battery");
  for (const bad of ["short\n", "", "correct horse battery\nand more\n"])
    await expect(readPassphrase(await passphrase(bad))).rejects.toThrow(/one line of 16 characters/);
  await expect(readPassphrase(await passphrase("correct horse battery", 0o640))).rejects.toThrow(/others may/);
});

test("one thing opens it, not none and not two", async () => {
  await expect(openingOf({})).rejects.toThrow(/say what opens it/);
  await expect(openingOf({ key: "a", passphraseFile: "b" })).rejects.toThrow(/say what opens it/);
  await expect(openingOf({ key: at("none") })).rejects.toThrow(/there is no/);
});

describe("who may have made it", () => {
  const one = `SHA256:${"1".repeat(43)}`;
  const two = `SHA256:${"2".repeat(43)}`;
  const by = (signer: string | undefined) => ({ key: parseRecoveryKey(newRecoveryKey(signer), "it") });
  const phrase = { passphrase: "correct horse battery" };
  const read = { signer: one } as ReadBackup;

  test.each([
    ["the person says so", by(undefined), one, undefined],
    ["the recovery key does", by(one), undefined, undefined],
    ["the instance that is there does", by(undefined), undefined, one],
    ["nobody else knows the passphrase", phrase, undefined, undefined],
    ["the person says so, whatever the key does", by(two), one, two],
  ])("is taken where %s", (_, opening, signer, own) => {
    expect(() => vouching(opening, signer === undefined ? {} : { signer }, own)(read)).not.toThrow();
  });

  test.each([
    ["nobody says", by(undefined), undefined, undefined],
    ["the person says another", by(one), two, one],
    ["the recovery key says another", by(two), undefined, undefined],
    ["the instance that is there says another", by(undefined), undefined, two],
    ["the instance that is there says another, of a passphrase", phrase, undefined, two],
  ])("is refused where %s", (_, opening, signer, own) => {
    const vouch = vouching(opening, signer === undefined ? {} : { signer }, own);
    expect(() => vouch(read)).toThrow(expect.objectContaining({ code: "forged" }));
  });
});

describe("what an unprivileged process left in its folder", () => {
  const look = (): Promise<Buffer | undefined> => readBelow(folder, "apiserver/keys/master.key");

  test("a file is read; none is none", async () => {
    expect(await look()).toBeUndefined();
    await mkdir(at("apiserver/keys"), { recursive: true });
    await writeFile(at("apiserver/keys/master.key"), "it");
    expect(String(await look())).toBe("it");
  });

  test.each<readonly [string, () => Promise<void>]>([
    ["a link in its place", () => symlink(at("elsewhere/keys/master.key"), at("apiserver/keys/master.key"))],
    [
      "a link on the way",
      async () => {
        await rm(at("apiserver/keys"), { recursive: true });
        await symlink(at("elsewhere/keys"), at("apiserver/keys"));
      },
    ],
    ["a folder in its place", () => mkdir(at("apiserver/keys/master.key"))],
  ])("%s is refused", async (_, lay) => {
    await mkdir(at("elsewhere/keys"), { recursive: true });
    await writeFile(at("elsewhere/keys/master.key"), "theirs");
    await mkdir(at("apiserver/keys"), { recursive: true });
    await lay();
    await expect(look()).rejects.toThrow(/is no file of an instance/);
  });
});
