import { createPublicKey } from "node:crypto";
import { chmod, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { genesis } from "./chain.ts";
import { auditKeyId, checkpointHolds, signCheckpoint } from "./checkpoint.ts";
import { auditPublicPem, openAuditKey } from "./signing-key.ts";

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "audit-key-")), "keys");
});
afterEach(async () => {
  await rm(join(folder, ".."), { recursive: true, force: true });
});

describe("signing key", () => {
  it("is made once, for its owner only, and its public half verifies", async () => {
    const key = await openAuditKey({ folder });
    const again = await openAuditKey({ folder });
    expect(auditKeyId(again)).toBe(auditKeyId(key));
    expect((await stat(join(folder, "audit-signing.key"))).mode & 0o777).toBe(0o600);
    const checkpoint = signCheckpoint(again, "i", { count: 1, hash: genesis("i") }, new Date(0));
    expect(checkpointHolds(checkpoint, [createPublicKey(auditPublicPem(key))])).toBe(true);
  });

  it("is refused when others may read it, or when it is none", async () => {
    await openAuditKey({ folder });
    const file = join(folder, "audit-signing.key");
    await chmod(file, 0o644);
    await expect(openAuditKey({ folder })).rejects.toMatchObject({ code: "permissions" });
    await chmod(file, 0o600);
    await writeFile(file, "not a key");
    await expect(openAuditKey({ folder })).rejects.toMatchObject({ code: "damaged" });
  });
});
