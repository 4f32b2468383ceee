import { generateKeyPairSync } from "node:crypto";
import { signedForNamespace } from "@bulkhead/api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  buildPatchedImage,
  createRegistryClient,
  loadSignatures,
  packLayer,
  pushPatched,
  readSigningKey,
} from "../src/index.ts";
import { lackingCosign, olderForm, type SigningRig, startSigning, withoutLog } from "./rig/signing.ts";

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
      const mine = async () =>
        (await checkSignatures(client, { ...check, trust: readableTrust([key.publicKey], []) })).facts;
      expect(await mine()).toHaveLength(1);

      // For one namespace and for another: a signature each, which cosign tells apart as we do.
      const bound = { ...to, repository: "shop/patched/bound" };
      const trust = readableTrust([key.publicKey], []);
      const about = (asked: string): Promise<string> =>
        rig.cosign(
          "verify",
          "--key",
          "own.pub",
          "--insecure-ignore-tlog=true",
          "--allow-http-registry",
          "-a",
          `${signedForNamespace}=${asked}`,
          `${rig.host}/${bound.repository}@${digest}`,
        );
      const named = async () =>
        (await checkSignatures(client, { ...check, repository: bound.repository, trust })).facts.map(
          ({ forNamespace }) => forNamespace,
        );
      await pushPatched({ image, from, to: bound, key, namespace: "shop" });
      expect(await named()).toEqual(["shop"]);
      await expect(about("shop")).resolves.toContain(digest);
      await expect(about("bank")).rejects.toThrow("annotation");
      await pushPatched({ image, from, to: bound, key, namespace: "bank" });
      await pushPatched({ image, from, to: bound, key, namespace: "shop" });
      expect(await named()).toHaveLength(2);
      expect(new Set(await named())).toEqual(new Set(["bank", "shop"]));
      await expect(about("bank")).resolves.toContain(digest);
    });

    it("what cosign signs for a namespace is read as that, in its newer form and its older", async () => {
      const { checkSignatures, readableTrust } = await loadSignatures();
      const trust = readableTrust([await rig.key("bound")], []);
      for (const form of [withoutLog(rig), olderForm]) {
        const digest = await rig.image(`shop/${form.length}`, `bound ${form.length}`);
        const image = `${rig.host}/shop/${form.length}@${digest}`;
        const annotation = ["-a", `${signedForNamespace}=shop`];
        await rig.cosign("sign", "--key", "bound.key", ...form, "--allow-http-registry", ...annotation, image);
        const search = { repository: `shop/${form.length}`, digest, trust, now: Date.now() };
        const { facts } = await checkSignatures(rig.registry, search);
        expect(facts.map(({ kind, forNamespace }) => [kind, forNamespace])).toEqual([["signature", "shop"]]);
      }
    });

    it("signs with no other kind of key", () => {
      expect(() => readSigningKey(pem("P-384"))).toThrow("P-256");
      expect(() => readSigningKey("no key")).toThrow("cannot be read");
    });
  },
);
