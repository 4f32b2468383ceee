import type { SignatureFacts } from "@bulkhead/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../src/index.ts";
import { checkSignatures, parseTrustedKey, parseTrustedRoot, type SignatureTrust } from "../src/signatures/index.ts";
import { type KeyKind, lackingCosign, olderForm, type SigningRig, startSigning, withoutLog } from "./rig/signing.ts";
import { type SigstoreServices, startSigstore } from "./rig/sigstore-services.ts";

const why = lackingCosign();
const byText = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

const provenance = {
  buildDefinition: {
    buildType: "https://ci.example/build/v1",
    externalParameters: { source: "git+https://git.example/shop/web@refs/heads/main" },
    resolvedDependencies: [{ uri: "git+https://git.example/other@refs/heads/main", digest: { gitCommit: "abc" } }],
  },
  runDetails: { builder: { id: "https://ci.example/builder@v1" } },
};
const olderProvenance = {
  builder: { id: "https://ci.example/builder@v0" },
  buildType: "https://ci.example/build/v0",
  invocation: {
    configSource: { uri: "git+https://git.example/shop/web", digest: { sha1: "abc" }, entryPoint: "build" },
  },
  materials: [{ uri: "git+https://git.example/other", digest: { sha1: "def" } }],
};
const bom = {
  bomFormat: "CycloneDX",
  specVersion: "1.6",
  version: 1,
  components: [
    { type: "library", name: "a", version: "1" },
    { type: "library", name: "b", version: "2" },
  ],
};

describe.skipIf(why !== undefined)(
  `signatures that the real cosign made${why === undefined ? "" : ` (skipped: ${why})`}`,
  () => {
    let rig: SigningRig;
    let sigstore: SigstoreServices;
    const keys = new Map<string, string>();

    beforeAll(async () => {
      rig = await startSigning();
      sigstore = await startSigstore();
      for (const name of ["ours", "theirs"]) keys.set(name, await rig.key(name));
    });
    afterAll(async () => {
      await sigstore.close();
      await rig.close();
    });

    const at = (repository: string, digest: string): string => `${rig.host}/${repository}@${digest}`;
    const trusting = (...names: string[]): SignatureTrust => ({
      keys: names.map((name) => parseTrustedKey(keys.get(name) ?? "")),
      roots: [],
    });
    const checkFor = (repository: string, digest: string, trust: SignatureTrust): Promise<SignatureFacts> =>
      checkSignatures(rig.registry, { repository, digest, trust, now: Date.parse("2026-11-21T12:00:00Z") });
    const idOf = (name: string): string => parseTrustedKey(keys.get(name) ?? "").keyId;
    const sign = (image: string, key: string, form: readonly string[] = withoutLog(rig)): Promise<string> =>
      rig.cosign("sign", "--key", `${key}.key`, ...form, "--allow-http-registry", image);

    test("with a key, as a bundle among the referrers and as a tag: both are found and hold", async () => {
      const digest = await rig.image("shop/web", "one");
      await sign(at("shop/web", digest), "ours");
      await sign(at("shop/web", digest), "ours", olderForm);
      const { facts, failures } = await checkFor("shop/web", digest, trusting("theirs", "ours"));
      expect(failures).toEqual([]);
      expect(facts.map((f) => [f.kind, f.form, f.digest, f.signer, f.logs]).sort(byText)).toEqual([
        ["signature", "bundle", digest, { type: "key", keyId: idOf("ours") }, []],
        ["signature", "tag", digest, { type: "key", keyId: idOf("ours") }, []],
      ]);
    });

    test.each<KeyKind>(["p384", "rsa"])("with a key of the kind %s, in both forms", async (kind) => {
      keys.set(kind, await rig.key(kind, kind));
      const digest = await rig.image(`kinds/${kind}`, kind);
      await sign(at(`kinds/${kind}`, digest), kind);
      await sign(at(`kinds/${kind}`, digest), kind, olderForm);
      const { facts, failures } = await checkFor(`kinds/${kind}`, digest, trusting(kind));
      expect(failures).toEqual([]);
      expect(facts.map((f) => f.form).sort()).toEqual(["bundle", "tag"]);
    });

    test("with Ed25519 cosign signs a hash of the bytes (Ed25519ph), which it does not verify itself: nor do we", async () => {
      keys.set("ed25519", await rig.key("ed25519", "ed25519"));
      const digest = await rig.image("kinds/ed25519", "ed25519");
      await sign(at("kinds/ed25519", digest), "ed25519");
      const verify = ["verify", "--key", "ed25519.pub", "--insecure-ignore-tlog", "--allow-http-registry"];
      await expect(rig.cosign(...verify, at("kinds/ed25519", digest))).rejects.toThrow("failed to verify signature");
      const { facts, failures } = await checkFor("kinds/ed25519", digest, trusting("ed25519"));
      expect([facts, failures.map((f) => f.reason)]).toEqual([[], ["bad-signature"]]);
    });

    test("with another key than a policy names: nothing holds, and why is said", async () => {
      const digest = await rig.image("shop/theirs", "two");
      await sign(at("shop/theirs", digest), "theirs");
      await sign(at("shop/theirs", digest), "theirs", olderForm);
      const { facts, failures } = await checkFor("shop/theirs", digest, trusting("ours"));
      expect(facts).toEqual([]);
      expect(failures.map((f) => f.reason)).toEqual(["unknown-key", "unknown-key"]);
    });

    test("of nobody: neither facts nor failures", async () => {
      const digest = await rig.image("shop/unsigned", "three");
      expect(await checkFor("shop/unsigned", digest, trusting("ours"))).toMatchObject({ facts: [], failures: [] });
    });

    test("copied over from another image: each form is refused as another's", async () => {
      const signed = await rig.image("copied/web", "signed");
      const evil = await rig.image("copied/web", "evil");
      await sign(at("copied/web", signed), "ours");
      await sign(at("copied/web", signed), "ours", olderForm);
      const tag = (digest: string, suffix: string): string => `${digest.replace(":", "-")}${suffix}`;
      for (const suffix of ["", ".sig"]) {
        const { bytes, mediaType } = await rig.registry.resolve("copied/web", tag(signed, suffix));
        const answer = await fetch(`http://${rig.host}/v2/copied/web/manifests/${tag(evil, suffix)}`, {
          method: "PUT",
          headers: { "content-type": mediaType },
          body: Buffer.from(bytes),
        });
        expect(answer.status).toBe(201);
      }
      const { facts, failures } = await checkFor("copied/web", evil, trusting("ours"));
      expect(facts).toEqual([]);
      expect(failures.map((f) => f.reason)).toEqual(["other-digest", "other-digest"]);
      // A thief who also rewrites whose referrer it is gains nothing: the signed statement names the digest.
      await restate("copied/web", signed, evil, (text) => text);
      const again = await checkFor("copied/web", evil, trusting("ours"));
      expect(again.facts).toEqual([]);
      expect(again.failures.map((f) => f.reason)).toEqual(["other-digest", "other-digest"]);
    });

    /** Puts a bundle of `from`, changed, beside `to`: manifest, subject and fallback index all consistent. */
    async function restate(
      repository: string,
      from: string,
      to: string,
      change: (bundle: string) => string,
    ): Promise<void> {
      const base = `http://${rig.host}/v2/${repository}`;
      const index = JSON.parse(
        Buffer.from((await rig.registry.resolve(repository, from.replace(":", "-"))).bytes).toString(),
      ) as { manifests: { digest: string; size: number }[] };
      const carrier = await rig.registry.resolve(repository, index.manifests[0]?.digest ?? "");
      const manifest = JSON.parse(Buffer.from(carrier.bytes).toString()) as {
        layers: { digest: string; size: number }[];
        subject: { digest: string };
      };
      const layer = manifest.layers[0];
      if (layer === undefined) throw new Error("a bundle's manifest has a layer");
      const blob = Buffer.from(
        change(Buffer.from(await rig.registry.blob(repository, layer.digest, 1 << 20)).toString()),
      );
      const begun = await fetch(`${base}/blobs/uploads/`, { method: "POST" });
      const target = new URL(begun.headers.get("location") ?? "", base);
      target.searchParams.set("digest", sha256(blob));
      const put = await fetch(target, {
        method: "PUT",
        body: blob,
        headers: { "content-type": "application/octet-stream" },
      });
      expect(put.status).toBe(201);
      manifest.layers[0] = { ...layer, digest: sha256(blob), size: blob.length };
      manifest.subject.digest = to;
      const bytes = Buffer.from(JSON.stringify(manifest));
      const entry = { ...index.manifests[0], digest: sha256(bytes), size: bytes.length };
      for (const [reference, mediaType, body] of [
        [sha256(bytes), "application/vnd.oci.image.manifest.v1+json", bytes],
        [
          to.replace(":", "-"),
          "application/vnd.oci.image.index.v1+json",
          Buffer.from(JSON.stringify({ ...index, manifests: [entry] })),
        ],
      ] as const) {
        const answer = await fetch(`${base}/manifests/${reference}`, {
          method: "PUT",
          headers: { "content-type": mediaType },
          body,
        });
        expect(answer.status).toBe(201);
      }
    }

    test.each<[string, (bundle: string) => string, string]>([
      [
        "a payload that says another digest",
        (text) => {
          const bundle = JSON.parse(text) as { dsseEnvelope: { payload: string } };
          const payload = Buffer.from(bundle.dsseEnvelope.payload, "base64").toString();
          bundle.dsseEnvelope.payload = Buffer.from(
            payload.replace(/"sha256":"[0-9a-f]{8}/, '"sha256":"00000000'),
          ).toString("base64");
          return JSON.stringify(bundle);
        },
        "bad-signature",
      ],
      ["no signature", (text) => text.replace(/"sig":"[^"]*"/, '"sig":""'), "unreadable"],
      ["a signature of nothing", (text) => text.replace(/"sig":"[^"]*"/, '"sig":"AAAA"'), "bad-signature"],
      ["a payload type of another kind", (text) => text.replace("vnd.in-toto+json", "vnd.other+json"), "unsupported"],
      ["broken JSON", (text) => text.slice(1), "unreadable"],
      ["a thousand levels", (text) => text.replace("{", `{"x":${"[".repeat(1000)}${"]".repeat(1000)},`), "unreadable"],
    ])("a bundle tampered with: %s", async (name, change, reason) => {
      const repository = `tampered/${name.replaceAll(" ", "-").toLowerCase()}`;
      const digest = await rig.image(repository, name);
      await sign(at(repository, digest), "ours");
      await restate(repository, digest, digest, change);
      const { facts, failures } = await checkFor(repository, digest, trusting("ours"));
      expect(facts).toEqual([]);
      expect(failures.map((f) => f.reason)).toEqual([reason]);
    });

    test("attestations in both forms: provenance and SBOM are summed up, dependencies are not sources", async () => {
      const digest = await rig.image("shop/attested", "four");
      const attest = (type: string, file: string, form: readonly string[]) =>
        rig.cosign(
          "attest",
          "--key",
          "ours.key",
          ...form,
          "--allow-http-registry",
          "--type",
          type,
          "--predicate",
          file,
          at("shop/attested", digest),
        );
      const files = {
        v1: rig.file("slsa-v1.json", JSON.stringify(provenance)),
        v02: rig.file("slsa-v02.json", JSON.stringify(olderProvenance)),
        bom: rig.file("bom.json", JSON.stringify(bom)),
      };
      await attest("slsaprovenance1", files.v1, withoutLog(rig));
      await attest("cyclonedx", files.bom, withoutLog(rig));
      await attest("slsaprovenance02", files.v02, olderForm);
      const whole: unknown[] = [];
      const facts = await checkSignatures(rig.registry, {
        repository: "shop/attested",
        digest,
        trust: trusting("ours"),
        now: 0,
        onAttestation: ({ predicateType }, predicate) => whole.push([predicateType, predicate]),
      });
      expect(facts.failures).toEqual([]);
      expect(facts.facts.map((f) => [f.kind, f.form, f.predicateType, f.predicate]).sort(byText)).toEqual([
        ["attestation", "bundle", "https://cyclonedx.org/bom", { packages: 2 }],
        [
          "attestation",
          "bundle",
          "https://slsa.dev/provenance/v1",
          { builder: "https://ci.example/builder@v1", sources: ["git+https://git.example/shop/web@refs/heads/main"] },
        ],
        [
          "attestation",
          "tag",
          "https://slsa.dev/provenance/v0.2",
          { builder: "https://ci.example/builder@v0", sources: ["git+https://git.example/shop/web"] },
        ],
      ]);
      expect(whole).toContainEqual(["https://cyclonedx.org/bom", bom]);
      const some = await checkSignatures(rig.registry, {
        repository: "shop/attested",
        digest,
        trust: trusting("ours"),
        now: 0,
        wants: (type) => type === "https://cyclonedx.org/bom",
      });
      expect(some.facts.map((f) => f.predicateType)).toEqual(["https://cyclonedx.org/bom"]);
    });

    describe("keyless, against an authority and a log of our own", () => {
      const identity = "https://ci.example/shop/.build/release.yml@refs/heads/main";
      const issuer = "https://token.ci.example";

      async function signKeyless(image: string): Promise<void> {
        const service = `url=${sigstore.url},api-version=1,start-time=2024-01-01T00:00:00Z,operator=test`;
        const none = ["fulcio", "oidc", "rekor", "tsa"].map((name) => `--no-default-${name}`);
        await rig.cosign(
          "signing-config",
          "create",
          ...none,
          `--fulcio=${service}`,
          `--rekor=${service}`,
          "--rekor-config=ANY",
          "--out",
          "services.json",
        );
        rig.file("trusted-root.json", sigstore.trustedRoot);
        const token = sigstore.token(identity, issuer);
        const services = ["--signing-config", "services.json", "--trusted-root", "trusted-root.json"];
        await rig.cosign("sign", ...services, "--identity-token", token, "--allow-http-registry", image);
      }

      test("identity, issuer, the log's index and time are facts; cosign itself agrees", async () => {
        const digest = await rig.image("shop/keyless", "five");
        await signKeyless(at("shop/keyless", digest));
        await rig.cosign(
          "verify",
          "--trusted-root",
          "trusted-root.json",
          "--certificate-identity",
          identity,
          "--certificate-oidc-issuer",
          issuer,
          "--allow-http-registry",
          at("shop/keyless", digest),
        );
        const root = parseTrustedRoot(sigstore.trustedRoot);
        const { facts, failures } = await checkFor("shop/keyless", digest, { keys: [], roots: [root] });
        expect(failures).toEqual([]);
        expect(facts).toHaveLength(1);
        expect(facts[0]).toMatchObject({
          kind: "signature",
          signer: { type: "certificate", root: root.id, issuer, identity },
          logs: [{ root: root.id, index: expect.stringMatching(/^\d+$/) }],
          time: expect.stringMatching(/^20\d\d-/),
        });
      });

      test("a root of another authority, and none at all: named reasons", async () => {
        const digest = await rig.image("shop/keyless-2", "six");
        await signKeyless(at("shop/keyless-2", digest));
        const other = await startSigstore();
        const stranger = parseTrustedRoot(other.trustedRoot);
        await other.close();
        const none = await checkFor("shop/keyless-2", digest, { keys: [], roots: [] });
        expect([none.facts, none.failures.map((f) => f.reason)]).toEqual([[], ["no-trust-root"]]);
        const foreign = await checkFor("shop/keyless-2", digest, { keys: [], roots: [stranger] });
        expect([foreign.facts, foreign.failures.map((f) => f.reason)]).toEqual([[], ["untrusted-certificate"]]);
        // The right authority, and a log that is not the one it was entered in.
        const mine = JSON.parse(sigstore.trustedRoot) as Record<string, unknown>;
        const theirs = JSON.parse(other.trustedRoot) as Record<string, unknown>;
        const mixed = parseTrustedRoot(JSON.stringify({ ...mine, tlogs: theirs["tlogs"] }));
        const unlogged = await checkFor("shop/keyless-2", digest, { keys: [], roots: [mixed] });
        expect([unlogged.facts, unlogged.failures.map((f) => f.reason)]).toEqual([[], ["log-mismatch"]]);
        // The right authority and log, and a certificate log that never saw the certificate.
        const unseen = parseTrustedRoot(JSON.stringify({ ...mine, ctlogs: theirs["ctlogs"] }));
        const secret = await checkFor("shop/keyless-2", digest, { keys: [], roots: [unseen] });
        expect([secret.facts, secret.failures.map((f) => f.reason)]).toEqual([[], ["untrusted-certificate"]]);
      });

      test("without a log no time vouches for the certificate", async () => {
        const digest = await rig.image("shop/keyless-3", "seven");
        await signKeyless(at("shop/keyless-3", digest));
        const mine = JSON.parse(sigstore.trustedRoot) as Record<string, unknown>;
        const timeless = parseTrustedRoot(JSON.stringify({ ...mine, tlogs: [] }));
        const { facts, failures } = await checkFor("shop/keyless-3", digest, { keys: [], roots: [timeless] });
        expect([facts, failures.map((f) => f.reason)]).toEqual([[], ["no-trusted-time"]]);
      });
    });

    test("with a key and entered in a log: the log is a fact beside the key", async () => {
      const digest = await rig.image("shop/logged", "eight");
      const service = `url=${sigstore.url},api-version=1,start-time=2024-01-01T00:00:00Z,operator=test`;
      const none = ["fulcio", "oidc", "rekor", "tsa"].map((name) => `--no-default-${name}`);
      await rig.cosign(
        "signing-config",
        "create",
        ...none,
        `--rekor=${service}`,
        "--rekor-config=ANY",
        "--out",
        "log.json",
      );
      rig.file("trusted-root.json", sigstore.trustedRoot);
      await sign(at("shop/logged", digest), "ours", [
        "--signing-config",
        "log.json",
        "--trusted-root",
        "trusted-root.json",
      ]);
      const root = parseTrustedRoot(sigstore.trustedRoot);
      const { facts } = await checkFor("shop/logged", digest, { ...trusting("ours"), roots: [root] });
      expect(facts.map((f) => [f.signer.type, f.logs.map((l) => l.root)])).toEqual([["key", [root.id]]]);
      const other = await startSigstore();
      await other.close();
      const elsewhere = { ...trusting("ours"), roots: [parseTrustedRoot(other.trustedRoot)] };
      expect((await checkFor("shop/logged", digest, elsewhere)).facts.map((f) => f.logs)).toEqual([[]]);
    });
  },
);
