import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BuiltImage, type CollectedVex, collectVex, sha256 } from "../src/index.ts";
import { parseTrustedKey, readImageVex } from "../src/signatures/index.ts";
import { lackingCosign, olderForm, type SigningRig, startSigning, withoutLog } from "./rig/signing.ts";

const why = lackingCosign();
const openVex = (author: string): string =>
  JSON.stringify({
    "@context": "https://openvex.dev/ns/v0.2.0",
    "@id": "https://vendor.example/vex/1",
    author,
    timestamp: "2026-01-01T00:00:00Z",
    version: 1,
    statements: [
      {
        vulnerability: { name: "CVE-2026-1" },
        products: [{ "@id": "pkg:npm/lodash" }],
        status: "not_affected",
        justification: "vulnerable_code_not_in_execute_path",
      },
    ],
  });

describe.skipIf(why !== undefined)(
  `VEX beside an image at a real registry${why === undefined ? "" : ` (skipped: ${why})`}`,
  () => {
    let rig: SigningRig;
    let vendor: ReturnType<typeof parseTrustedKey>;

    beforeAll(async () => {
      rig = await startSigning();
      vendor = parseTrustedKey(await rig.key("vendor"));
      await rig.key("stranger");
    });
    afterAll(() => rig.close());

    const authors = async (repository: string, digest: string): Promise<unknown> => {
      const collected: CollectedVex = await collectVex(rig.registry, { repository, digest });
      const { statements, failures } = readImageVex(collected, {
        trust: { keys: [vendor], roots: [] },
        authorsOf: ({ signer }) => (signer.type === "key" && signer.keyId === vendor.keyId ? ["vendor"] : []),
      });
      const told = statements.map((s) => [s.author, s.verified ?? false, s.vulnerabilities[0]] as const);
      return [told.toSorted(([a], [b]) => (a < b ? -1 : 1)), failures];
    };
    const attest = (image: string, key: string, form: readonly string[], type = "openvex"): Promise<string> =>
      rig.cosign(
        "attest",
        "--key",
        `${key}.key`,
        "--type",
        type,
        "--predicate",
        "vex.json",
        ...form,
        "--allow-http-registry",
        image,
      );

    test("attested with the real cosign, as a bundle and as a tag: the signer is the author", async () => {
      const digest = await rig.image("vex/web", "one");
      rig.file("vex.json", openVex("whoever"));
      await attest(`${rig.host}/vex/web@${digest}`, "vendor", withoutLog(rig));
      await attest(`${rig.host}/vex/web@${digest}`, "vendor", olderForm);
      await attest(`${rig.host}/vex/web@${digest}`, "stranger", olderForm);
      expect(await authors("vex/web", digest)).toEqual([
        [
          ["unverified: whoever", false, "CVE-2026-1"],
          ["vendor", true, "CVE-2026-1"],
          ["vendor", true, "CVE-2026-1"],
        ],
        [],
      ]);
    });

    test("pushed as an artifact without a signature: its author is a claim", async () => {
      const digest = await rig.image("vex/plain", "two");
      const bytes = Buffer.from(openVex("vendor"));
      const empty = Buffer.from("{}");
      const type = "application/vnd.openvex+json";
      const manifest = Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: "application/vnd.oci.image.manifest.v1+json",
          artifactType: type,
          config: { mediaType: "application/vnd.oci.empty.v1+json", digest: sha256(empty), size: empty.length },
          layers: [{ mediaType: type, digest: sha256(bytes), size: bytes.length }],
          subject: {
            mediaType: "application/vnd.oci.image.manifest.v1+json",
            digest,
            size: (await rig.registry.resolve("vex/plain", digest)).bytes.length,
          },
        }),
      );
      const artifact: BuiltImage = {
        blobs: [bytes, empty].map((each) => ({ mediaType: type, digest: sha256(each), bytes: each })),
        manifest: {
          mediaType: "application/vnd.oci.image.manifest.v1+json",
          digest: sha256(manifest),
          bytes: manifest,
        },
      };
      await rig.registry.push("vex/plain", "artifact", artifact);
      // This registry has no referrers API: as the specification says, a client keeps the list under a tag.
      const entry = { mediaType: artifact.manifest.mediaType, artifactType: type, digest: sha256(manifest), size: 1 };
      const index = { schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: [entry] };
      const answer = await fetch(`http://${rig.host}/v2/vex/plain/manifests/${digest.replace(":", "-")}`, {
        method: "PUT",
        headers: { "content-type": index.mediaType },
        body: JSON.stringify({ ...index, manifests: [{ ...entry, size: manifest.length }] }),
      });
      expect(answer.status).toBe(201);
      expect(await authors("vex/plain", digest)).toEqual([[["unverified: vendor", false, "CVE-2026-1"]], []]);
    });
  },
);
