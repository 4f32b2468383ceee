import { chmod, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type KeyProvider, withinLimits } from "./key-provider.ts";
import { Keyring } from "./keyring.ts";
import { openLocalProvider } from "./local-provider.ts";

const code = (code: string) => expect.objectContaining({ code });
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("utf8");

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "keyring-")), "keys");
});
afterEach(async () => {
  await rm(join(folder, ".."), { recursive: true, force: true });
});

describe("local provider", () => {
  it("creates its key once, for its owner only", async () => {
    const first = await openLocalProvider({ folder });
    const second = await openLocalProvider({ folder });
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, "master.key"))).mode & 0o777).toBe(0o600);
    const wrapped = await first.encrypt(Buffer.from("seed"), "1");
    expect(text(await second.decrypt(wrapped, "1"))).toBe("seed");
  });

  it("makes one key when two start at once", async () => {
    const both = await Promise.all([openLocalProvider({ folder }), openLocalProvider({ folder })]);
    const [a, b] = await Promise.all(both.map((p) => p.status()));
    expect(a).toEqual(b);
  });

  it("refuses a file or folder that others may read, and says which command mends it", async () => {
    await openLocalProvider({ folder });
    await chmod(join(folder, "master.key"), 0o640);
    await expect(openLocalProvider({ folder })).rejects.toThrow(/chmod 600/);
    await chmod(join(folder, "master.key"), 0o600);
    await chmod(folder, 0o750);
    await expect(openLocalProvider({ folder })).rejects.toThrow(code("permissions"));
  });

  it("follows no link", async () => {
    await openLocalProvider({ folder });
    const copy = await readFile(join(folder, "master.key"));
    await rm(join(folder, "master.key"));
    await writeFile(join(folder, "elsewhere"), copy, { mode: 0o600 });
    await symlink(join(folder, "elsewhere"), join(folder, "master.key"));
    await expect(openLocalProvider({ folder })).rejects.toThrow(code("permissions"));
  });

  it.each(["", "{", "null", '{"format":"bulkhead-master-keys/v1","primary":"a","keys":{"a":"c2hvcnQ="}}'])(
    "refuses a damaged file without quoting it: %j",
    async (content) => {
      await openLocalProvider({ folder });
      await writeFile(join(folder, "master.key"), content);
      const error = await openLocalProvider({ folder }).catch((e: unknown) => e);
      expect(error).toEqual(code("damaged"));
      expect(String(error)).not.toContain("c2hvcnQ=");
    },
  );
});

describe("keyring", () => {
  const fresh = async (provider: KeyProvider) => {
    const keyring = await Keyring.open(provider, []);
    const seed = await keyring.wrapSeed();
    await keyring.adopt(seed);
    return { keyring, seed };
  };

  it("opens after a restart what it sealed before", async () => {
    const { keyring, seed } = await fresh(await openLocalProvider({ folder }));
    const sealed = keyring.seal("/secrets/a/b", Buffer.from("hello"));
    const again = await Keyring.open(await openLocalProvider({ folder }), [seed]);
    expect(text(again.open("/secrets/a/b", sealed))).toBe("hello");
  });

  it("seals under the newest seed and knows the older as stale", async () => {
    const { keyring } = await fresh(await openLocalProvider({ folder }));
    const old = keyring.seal("p", Buffer.from("x"));
    expect(keyring.isStale(old)).toBe(false);
    await keyring.adopt(await keyring.wrapSeed());
    expect(keyring.isStale(old)).toBe(true);
    expect(text(keyring.open("p", old))).toBe("x");
    expect(keyring.isStale(keyring.seal("p", Buffer.from("x")))).toBe(false);
  });

  it("names a seed that is not there", async () => {
    const provider = await openLocalProvider({ folder });
    const { keyring } = await fresh(provider);
    const sealed = keyring.seal("p", Buffer.from("x"));
    const { keyring: other } = await fresh(provider);
    expect(() => other.open("p", sealed)).toThrow(code("unknown-seed"));
  });

  it("survives a rotation of the master key: wrapped anew, the old key retired", async () => {
    const provider = await openLocalProvider({ folder });
    const { keyring, seed } = await fresh(provider);
    const sealed = keyring.seal("p", Buffer.from("x"));
    await provider.rotate();
    expect(await keyring.providerKeyId()).not.toBe(seed.keyId);
    const again = await keyring.rewrap(seed);
    await provider.retire();
    const restarted = await openLocalProvider({ folder });
    expect(text((await Keyring.open(restarted, [again])).open("p", sealed))).toBe("x");
    await expect(Keyring.open(restarted, [seed])).rejects.toThrow(code("provider"));
  });

  it("holds a provider to KMS v2's limits", () => {
    const good = { ciphertext: Buffer.alloc(60), keyId: "k", annotations: { "kms.example.com": Buffer.from("1") } };
    expect(withinLimits(good)).toBe(good);
    expect(() => withinLimits({ ...good, keyId: "k".repeat(1025) })).toThrow(code("provider"));
    expect(() => withinLimits({ ...good, ciphertext: Buffer.alloc(1025) })).toThrow(code("provider"));
    expect(() => withinLimits({ ...good, annotations: { plain: Buffer.alloc(1) } })).toThrow(code("provider"));
  });
});
