import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  buildPatchedImage,
  createRegistryClient,
  loadSignatures,
  packLayer,
  pushPatched,
  readSigningKey,
} from "../src/index.ts";
import { lackingCosign, type SigningRig, startSigning } from "./rig/signing.ts";

const why = lackingCosign();

describe.skipIf(why !== undefined)(
  `a patched image at a registry${why === undefined ? "" : ` (skipped: ${why})`}`,
  () => {
    let rig: SigningRig;
    beforeAll(async () => {
      rig = await startSigning();
    });
    afterAll(() => rig.close());

    const pem = (curve = "P-256"): string =>
      generateKeyPairSync("ec", { namedCurve: curve }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();

    it("has its base's layers, is signed before its tag names it, and cosign accepts the signature", async () => {
      const base = await rig.image("shop/web", "base");
      const client = createRegistryClient({ host: rig.host, plainHttp: true });
      const manifest = await client.resolve("shop/web", base);
      const read = JSON.parse(Buffer.from(manifest.bytes).toString()) as { config: { digest: string } };
      const config = await client.blob("shop/web", read.config.digest, 1 << 20);
      const layer = await packLayer([{ type: "file", path: "fixed", content: Buffer.from("fixed"), mode: 0o644 }]);
      const { gunzipSync } = await import("node:zlib");
      const image = await buildPatchedImage({
        manifest: manifest.bytes,
        config,
        baseName: `${rig.host}/shop/web@${base}`,
        baseDigest: base,
        layer: gunzipSync(layer.bytes),
        upgrades: [{ name: "libfixed", from: "1", to: "2", fixes: [{ id: "CVE-2026-1", severity: "high" }] }],
        made: 1_790_000_000,
        by: "test",
      });
      const key = readSigningKey(pem());
      const from = { client, repository: "shop/web" };
      const to = { client, repository: "shop/patched/web", tag: "1-patched" };
      const digest = await pushPatched({ image, from, to, key });
      expect((await client.resolve(to.repository, to.tag)).digest).toBe(digest);
      for (const each of image.baseLayers)
        expect((await client.blob(to.repository, each, 1 << 20)).length).toBeGreaterThan(0);

      const { checkSignatures, readableTrust } = await loadSignatures();
      const check = { repository: to.repository, digest, now: Date.now() };
      const own = await checkSignatures(client, { ...check, trust: readableTrust([key.publicKey], []) });
      expect([own.facts.map((fact) => fact.kind), own.failures]).toEqual([["signature"], []]);
      const other = readSigningKey(pem());
      const foreign = await checkSignatures(client, { ...check, trust: readableTrust([other.publicKey], []) });
      expect(foreign.facts).toEqual([]);

      const verified = (file: string): Promise<string> =>
        rig.cosign(
          "verify",
          "--key",
          file,
          "--insecure-ignore-tlog=true",
          "--allow-http-registry",
          `${rig.host}/${to.repository}@${digest}`,
        );
      await expect(verified(rig.file("own.pub", key.publicKey))).resolves.toContain(digest);
      await expect(verified(rig.file("other.pub", other.publicKey))).rejects.toThrow();

      // Again: nothing twice.
      await pushPatched({ image, from, to, key });
      expect(
        (await checkSignatures(client, { ...check, trust: readableTrust([key.publicKey], []) })).facts.length,
      ).toBeGreaterThan(0);
    });

    it("signs with no other kind of key", () => {
      expect(() => readSigningKey(pem("P-384"))).toThrow("P-256");
      expect(() => readSigningKey("no key")).toThrow("cannot be read");
    });
  },
);
