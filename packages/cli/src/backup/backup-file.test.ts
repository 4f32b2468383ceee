import { createPrivateKey, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { BackupErrorCode } from "./backup-error.ts";
import { databasePath, pieces, signingKeyPath } from "./contents.ts";
import { headerDigest, type OpenWith, parseHeader, sealHeader } from "./header.ts";
import { type BackupManifest, fingerprint, newSigningKey, signerWord, signManifest } from "./manifest.ts";
import { peekBackup, readBackup } from "./read-backup.ts";
import { newRecoveryKey, parseRecoveryKey } from "./recovery-key.ts";
import { sealed } from "./sealed-stream.ts";
import { type WrittenBackup, writeBackup } from "./write-backup.ts";

const key = parseRecoveryKey(newRecoveryKey(undefined), "it");
const other = parseRecoveryKey(newRecoveryKey(undefined), "it");
const signing = newSigningKey();
const about = { made: "2026-11-22T05:00:00.000Z", bulkhead: "0.1.0", instance: "0a1b2c3d", node: "one" };
const store = { id: "store", format: 1, revision: 7, auditRecords: 3 };

let folder: string;
let whole: string;
let written: WrittenBackup;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bulkhead-backup-"));
  const from = join(folder, "from");
  for (const { path } of pieces) {
    const text = path === signingKeyPath ? signing : path === databasePath ? randomBytes(70_000) : path;
    await mkdir(dirname(join(from, path)), { recursive: true });
    await writeFile(join(from, path), text);
  }
  whole = join(folder, "whole.backup");
  written = await writeBackup(from, whole, { ...about, store }, { recipients: [key.recipient] });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const out = (): string => join(folder, "out");
afterEach(() => rm(out(), { recursive: true, force: true }));
const open = (file: string, by: OpenWith = { key }) => readBackup(file, by, out(), () => undefined);
const fails = (code: BackupErrorCode) => expect.objectContaining({ code });

test("comes back byte for byte, for its owner alone, and says what it is to anybody", async () => {
  const read = await open(whole);
  expect(read).toEqual({ header: written.header, manifest: written.manifest, signer: written.signer });
  expect(read.signer).toBe(fingerprint(createPrivateKey(signing)));
  for (const { path } of pieces) {
    expect(await readFile(join(out(), path))).toEqual(await readFile(join(folder, "from", path)));
    expect((await stat(join(out(), path))).mode & 0o777).toBe(0o600);
  }
  expect((await stat(whole)).mode & 0o777).toBe(0o600);
  expect(await peekBackup(whole)).toMatchObject({ ...about, keys: [{ recipient: key.recipient }] });
});

test("another key does not open it, and nothing of it can be read without", async () => {
  await expect(open(whole, { key: other })).rejects.toEqual(fails("wrong-key"));
  await expect(open(whole, { passphrase: "a passphrase of many words" })).rejects.toEqual(fails("wrong-key"));
  const bytes = await readFile(whole);
  for (const { path } of pieces) expect(bytes.includes(path)).toBe(false);
  expect(bytes.includes("PRIVATE KEY")).toBe(false);
});

test("a passphrase opens what was made with it, and another does not", async () => {
  const file = join(folder, "passphrase.backup");
  await writeBackup(join(folder, "from"), file, { ...about, store }, { passphrase: "correct horse battery" });
  expect((await open(file, { passphrase: "correct horse battery" })).manifest.store).toEqual(store);
  await rm(out(), { recursive: true });
  await expect(open(file, { passphrase: "correct horse batterx" })).rejects.toEqual(fails("wrong-key"));
});

test("any flipped bit, and any cut, is found, and nothing is left", async () => {
  const bytes = await readFile(whole);
  const file = join(folder, "spoilt.backup");
  await fc.assert(
    fc.asyncProperty(
      // Header and manifest as often as the long rest.
      fc.oneof(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 0, max: bytes.length - 1 })),
      fc.integer({ min: 0, max: 7 }),
      fc.boolean(),
      async (at, bit, cut) => {
        const spoilt = Buffer.from(cut ? bytes.subarray(0, at) : bytes);
        if (!cut) spoilt.writeUInt8(spoilt.readUInt8(at) ^ (1 << bit), at);
        await writeFile(file, spoilt);
        await expect(open(file)).rejects.toMatchObject({ name: "BackupError" });
        expect(existsSync(out())).toBe(false);
      },
    ),
    { numRuns: 150 },
  );
});

describe("one that was sealed and signed by somebody who means harm", () => {
  const good = (): BackupManifest => written.manifest;
  /** What whoever knows a recipient can make. */
  async function forged(manifest: object, more: { files?: Buffer; by?: string } = {}): Promise<string> {
    const file = join(folder, "forged.backup");
    const head = sealHeader(about, { recipients: [key.recipient] });
    const text = Buffer.from(JSON.stringify(manifest));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(text.length);
    const signature = signManifest(createPrivateKey(more.by ?? signing), headerDigest(head.bytes), text);
    async function* contents() {
      yield Buffer.concat([length, text, signature, more.files ?? Buffer.alloc(0)]);
    }
    const parts: Buffer[] = [head.bytes];
    for await (const part of sealed(head.contents, contents())) parts.push(part);
    await writeFile(file, Buffer.concat(parts));
    return file;
  }
  const withFile = (file: object): object => ({ ...good(), files: [...good().files, file] });
  const sha256 = "0".repeat(64);

  test.each<readonly [string, () => object, BackupErrorCode]>([
    ["a path that leaves", () => withFile({ path: "../../etc/cron.d/x", size: 0, sha256 }), "malformed"],
    ["an absolute path", () => withFile({ path: "/etc/passwd", size: 0, sha256 }), "malformed"],
    ["a program", () => withFile({ path: "programs/node", size: 0, sha256 }), "malformed"],
    ["a path of the table, said otherwise", () => withFile({ path: "./instance.json", size: 0, sha256 }), "malformed"],
    ["a file twice", () => withFile(good().files[0] ?? {}), "malformed"],
    ["a link", () => withFile({ path: "registries.json", link: "/etc/shadow" }), "malformed"],
    ["a size below nothing", () => sized("instance.json", -1), "malformed"],
    ["a size beyond numbers", () => sized(databasePath, 2 ** 60), "malformed"],
    ["a small file that is none", () => sized("instance.json", 2 ** 30), "too-large"],
    ["a database for which there is no room", () => sized(databasePath, 2 ** 50), "too-large"],
    ["no database", () => ({ ...good(), files: good().files.filter((f) => f.path !== databasePath) }), "malformed"],
    ["files that are none", () => ({ ...good(), files: [null] }), "malformed"],
    ["nothing at all", () => ({}), "malformed"],
    ["another instance's name than its header", () => ({ ...good(), instance: "ffffffff" }), "malformed"],
    ["another key's name", () => ({ ...good(), signer: signerWord(createPrivateKey(newSigningKey())) }), "forged"],
    ["no key's name", () => ({ ...good(), signer: "AAAA" }), "forged"],
  ])("%s: refused, and nothing is left", async (_, manifest, code) => {
    await expect(open(await forged(manifest()))).rejects.toEqual(fails(code));
    expect(await readdir(folder)).not.toContain("out");
  });
  const sized = (path: string, size: number): object => ({
    ...good(),
    files: good().files.map((file) => (file.path === path ? { ...file, size } : file)),
  });

  test("other bytes than its digests say, fewer, or more: refused", async () => {
    const { files } = good();
    const bytes = Buffer.concat(await Promise.all(files.map(({ path }) => readFile(join(folder, "from", path)))));
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(5) ^ 1, 5);
    for (const [given, code] of [
      [changed, "altered"],
      [bytes.subarray(0, -1), "altered"],
      [Buffer.concat([bytes, Buffer.from("x")]), "malformed"],
    ] as const) {
      await expect(open(await forged(good(), { files: given }))).rejects.toEqual(fails(code));
      expect(existsSync(out())).toBe(false);
    }
    await expect(open(await forged(good(), { files: bytes }))).resolves.toBeDefined();
  });

  test("who signed it is told before anything is written", async () => {
    const by = newSigningKey();
    const file = await forged({ ...good(), signer: signerWord(createPrivateKey(by)) }, { by });
    let told = "";
    const refuse = readBackup(file, { key }, out(), ({ signer }) => {
      told = signer;
      expect(existsSync(out())).toBe(false);
      throw new Error("not one of ours");
    });
    await expect(refuse).rejects.toThrow("not one of ours");
    expect(told).toBe(fingerprint(createPrivateKey(by)));
    expect(existsSync(out())).toBe(false);
  });

  test("a folder that leads elsewhere is not unpacked into", async () => {
    const elsewhere = join(folder, "elsewhere");
    await mkdir(elsewhere);
    await symlink(elsewhere, out());
    await expect(open(whole)).rejects.toThrow(/EEXIST/);
    expect(await readdir(elsewhere)).toEqual([]);
  });
});

test.each([
  ["nothing", ""],
  ["another program's file", "SQLite format 3\0 and so on, for long enough"],
  ["a header of four gigabytes", "bulkhead-backup\n\xff\xff\xff\xff"],
  ["a header that is none", "bulkhead-backup\n\0\0\0\x02{}"],
])("%s is no backup", async (_, bytes) => {
  const file = join(folder, "none.backup");
  await writeFile(file, bytes, "latin1");
  await expect(peekBackup(file)).rejects.toEqual(fails("not-a-backup"));
});

test("a passphrase that would cost a reader all his memory is not tried", () => {
  const slot = { kind: "passphrase", salt: "AAAA", wrapped: "AAAA" };
  const text = (cost: number): Buffer =>
    Buffer.from(JSON.stringify({ format: 1, ...about, keys: [{ ...slot, cost }] }));
  expect(parseHeader(text(17)).keys).toHaveLength(1);
  for (const cost of [30, 2, 17.5]) expect(() => parseHeader(text(cost))).toThrow(fails("not-a-backup"));
});
