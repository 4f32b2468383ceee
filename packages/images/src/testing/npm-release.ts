/** For tests: a registry's documents of one release, signed by keys and authorities made for it. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { dsse } from "@sigstore/core";
import { initializeCA, initializeCTLog, initializeTLog } from "@sigstore/mock";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import type { BuildDemands } from "../npm-release/attestations.ts";

export const demands: BuildDemands = {
  issuer: "https://token.actions.githubusercontent.com",
  builder: "https://github.com/actions/runner/github-hosted",
  repository: "https://github.com/bulkhead-example/bulkhead",
  workflow: ".github/workflows/release.yml",
};

const ecdsa = () => generateKeyPairSync("ec", { namedCurve: "P-256" });
const der = (key: KeyObject): Buffer => key.export({ type: "spki", format: "der" });
const hash = (algorithm: string, bytes: Uint8Array): Buffer => createHash(algorithm).update(bytes).digest();
const encoded = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

interface LogEntry {
  readonly body: string;
  readonly integratedTime: number;
  readonly logID: string;
  readonly logIndex: number;
  readonly verification: {
    readonly signedEntryTimestamp: string;
    readonly inclusionProof: {
      readonly logIndex: number;
      readonly treeSize: number;
      readonly rootHash: string;
      readonly checkpoint: string;
    };
  };
}

/** What may be made other than good. */
export interface Making {
  readonly name?: string;
  readonly version?: string;
  readonly archive?: Buffer;
  readonly claimed?: Partial<BuildDemands>;
  readonly certified?: Partial<BuildDemands> & { readonly runner?: string };
  readonly subject?: { readonly name?: string; readonly sha512?: string };
  readonly publish?: object;
}

export async function authorities() {
  const logKeys = ecdsa();
  const ctLog = await initializeCTLog(ecdsa());
  const ca = await initializeCA(generateKeyPairSync("ec", { namedCurve: "P-384" }), ctLog);
  const log = await initializeTLog("https://log.example", logKeys);
  const registryKey = ecdsa();
  const keyId = `SHA256:${hash("sha256", der(registryKey.publicKey)).toString("base64").replace(/=+$/, "")}`;
  const validFor = { start: new Date("2020-01-01T00:00:00Z"), end: undefined };
  const logOf = (baseUrl: string, rawBytes: Buffer) => ({
    baseUrl,
    hashAlgorithm: 1,
    publicKey: { rawBytes, keyDetails: 5, validFor },
    logId: { keyId: hash("sha256", rawBytes) },
    checkpointKeyId: undefined,
    operator: "test",
  });
  const trustedRoot = JSON.stringify(
    TrustedRoot.toJSON({
      mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
      tlogs: [logOf("https://log.example", log.publicKey)],
      certificateAuthorities: [
        {
          subject: { organization: "sigstore.mock", commonName: "sigstore" },
          uri: "https://ca.example",
          certChain: { certificates: [{ rawBytes: Buffer.from(ca.rootCertificate as Uint8Array<ArrayBuffer>) }] },
          validFor,
          operator: "test",
        },
      ],
      ctlogs: [logOf("https://ct.example", ctLog.publicKey)],
      timestampAuthorities: [],
    }),
  );

  async function bundle(statement: object, key: KeyObject, verifier: string, material: object) {
    const payloadType = "application/vnd.in-toto+json";
    const payload = encoded(statement);
    const sig = sign("sha256", dsse.preAuthEncoding(payloadType, payload), key).toString("base64");
    const envelope = { payload: payload.toString("base64"), payloadType, signatures: [{ sig }] };
    const entries = await log.log({
      apiVersion: "0.0.1",
      kind: "dsse",
      spec: {
        envelopeHash: { algorithm: "sha256", value: hash("sha256", encoded(envelope)).toString("hex") },
        payloadHash: { algorithm: "sha256", value: hash("sha256", payload).toString("hex") },
        signatures: [{ signature: sig, verifier }],
      },
    });
    const [entry] = Object.values(entries as Readonly<Record<string, LogEntry>>);
    if (entry === undefined) throw new Error("the log keeps nothing");
    const { inclusionProof: proof, signedEntryTimestamp } = entry.verification;
    const tlogEntry = {
      logIndex: String(entry.logIndex),
      logId: { keyId: Buffer.from(entry.logID, "hex").toString("base64") },
      kindVersion: { kind: "dsse", version: "0.0.1" },
      integratedTime: String(entry.integratedTime),
      inclusionPromise: { signedEntryTimestamp },
      inclusionProof: {
        logIndex: String(proof.logIndex),
        treeSize: String(proof.treeSize),
        rootHash: Buffer.from(proof.rootHash, "hex").toString("base64"),
        hashes: [],
        checkpoint: { envelope: proof.checkpoint },
      },
      canonicalizedBody: entry.body,
    };
    return {
      mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
      verificationMaterial: { ...material, tlogEntries: [tlogEntry] },
      dsseEnvelope: envelope,
    };
  }

  async function release(making: Making = {}) {
    const { name = "bulkhead", version = "0.2.0", archive = Buffer.from("an archive") } = making;
    const sha512 = hash("sha512", archive);
    const integrity = `sha512-${sha512.toString("base64")}`;
    const sig = sign("sha256", Buffer.from(`${name}@${version}:${integrity}`), registryKey.privateKey);
    const subject = [
      {
        name: making.subject?.name ?? `pkg:npm/${name.replace(/^@/, "%40")}@${version}`,
        digest: { sha512: making.subject?.sha512 ?? sha512.toString("hex") },
      },
    ];
    const publishType = "https://github.com/npm/attestation/tree/main/specs/publish/v0.1";
    const provenanceType = "https://slsa.dev/provenance/v1";
    const claimed = { ...demands, ...making.claimed };
    const certified = { ...demands, runner: "github-hosted", ...making.certified };
    const builderKey = ecdsa();
    const leaf = await ca.issueCertificate({
      publicKey: Buffer.from(der(builderKey.publicKey)) as Buffer<ArrayBuffer>,
      subjectAltName: `${certified.repository}/${certified.workflow}@refs/tags/v${version}`,
      extensions: [
        { oid: "1.3.6.1.4.1.57264.1.8", value: certified.issuer },
        { oid: "1.3.6.1.4.1.57264.1.11", value: certified.runner },
        { oid: "1.3.6.1.4.1.57264.1.12", value: certified.repository },
      ],
    });
    const rawBytes = Buffer.from(leaf as Uint8Array<ArrayBuffer>).toString("base64");
    const pem = (label: string, base64: string) =>
      Buffer.from(`-----BEGIN ${label}-----\n${base64}\n-----END ${label}-----\n`).toString("base64");
    const statement = (_type: string, predicateType: string, predicate: object) => ({
      _type,
      subject,
      predicateType,
      predicate,
    });
    return {
      packument: {
        name,
        "dist-tags": { latest: version },
        versions: {
          [version]: {
            name,
            version,
            dist: {
              integrity,
              tarball: `${name}-${version}.tgz`,
              signatures: [{ keyid: keyId, sig: sig.toString("base64") }],
            },
          },
        },
      },
      attestations: {
        attestations: [
          {
            predicateType: publishType,
            bundle: await bundle(
              statement("https://in-toto.io/Statement/v0.1", publishType, { name, version, ...making.publish }),
              registryKey.privateKey,
              pem("PUBLIC KEY", der(registryKey.publicKey).toString("base64")),
              { publicKey: { hint: keyId } },
            ),
          },
          {
            predicateType: provenanceType,
            bundle: await bundle(
              statement("https://in-toto.io/Statement/v1", provenanceType, {
                buildDefinition: {
                  externalParameters: { workflow: { repository: claimed.repository, path: claimed.workflow } },
                },
                runDetails: { builder: { id: claimed.builder } },
              }),
              builderKey.privateKey,
              pem("CERTIFICATE", rawBytes),
              { certificate: { rawBytes } },
            ),
          },
        ],
      },
    };
  }

  return {
    trustedRoot,
    release,
    keys: (expires: string | null = null) => ({
      keys: [
        {
          keyid: keyId,
          keytype: "ecdsa-sha2-nistp256",
          scheme: "ecdsa-sha2-nistp256",
          key: der(registryKey.publicKey).toString("base64"),
          expires,
        },
      ],
    }),
  };
}
