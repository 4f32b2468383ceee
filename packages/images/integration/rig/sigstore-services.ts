/**
 * A certificate authority, its certificate log and a transparency log on loopback, as the real cosign speaks to them: keyless
 * signing whole, without the network. The authorities are @sigstore/mock's; only their HTTP is ours.
 */
import { createHash, generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fulcioHandler, initializeCA, initializeCTLog, initializeTLog } from "@sigstore/mock";
import { TrustedRoot } from "@sigstore/protobuf-specs";

export interface SigstoreServices {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** The TrustedRoot JSON that speaks for these services. */
  readonly trustedRoot: string;
  /** An identity token as an OIDC issuer would give it; nobody checks its signature here. */
  token(subject: string, issuer: string): string;
  close(): Promise<void>;
}

const ecdsa = () => generateKeyPairSync("ec", { namedCurve: "P-256" });
const sha256 = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();
const hex = (text: string): string => createHash("sha256").update(Buffer.from(text, "base64")).digest("hex");

interface ProposedDsse {
  readonly kind: string;
  readonly apiVersion: string;
  readonly spec: { readonly proposedContent?: { readonly envelope: string; readonly verifiers: readonly string[] } };
}

interface Envelope {
  readonly payload: string;
  readonly signatures: ReadonlyArray<{ readonly sig: string }>;
}

/** Rekor keeps of an envelope only hashes and signatures; a proposed entry holds it whole. */
function asLogged(proposed: ProposedDsse): object {
  const content = proposed.spec.proposedContent;
  if (proposed.kind !== "dsse" || content === undefined) return proposed;
  const envelope = JSON.parse(content.envelope) as Envelope;
  return {
    apiVersion: proposed.apiVersion,
    kind: proposed.kind,
    spec: {
      envelopeHash: { algorithm: "sha256", value: sha256(Buffer.from(content.envelope)).toString("hex") },
      payloadHash: { algorithm: "sha256", value: hex(envelope.payload) },
      signatures: envelope.signatures.map(({ sig }) => ({ signature: sig, verifier: content.verifiers[0] })),
    },
  };
}

export async function startSigstore(): Promise<SigstoreServices> {
  const ctLog = await initializeCTLog(ecdsa());
  const ca = await initializeCA(generateKeyPairSync("ec", { namedCurve: "P-384" }), ctLog);
  const fulcio = fulcioHandler(ca, { strict: true });
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const log = await initializeTLog(url, ecdsa());
  server.on("request", (request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const body = Buffer.concat(parts).toString("utf8");
      const answer = async (): Promise<{ code: number; text: string }> => {
        if (request.url === "/api/v2/signingCert") {
          // cosign hands the identity token over in a header; the mock reads it from the body.
          const oidcIdentityToken = (request.headers.authorization ?? "").replace(/^Bearer /, "");
          const asked = JSON.stringify({ ...(JSON.parse(body) as object), credentials: { oidcIdentityToken } });
          const { statusCode, response: text } = await fulcio.fn(asked);
          return { code: statusCode === 201 ? 200 : statusCode, text: typeof text === "string" ? text : "" };
        }
        if (request.url === "/api/v1/log/entries") {
          const entries = await log.log(asLogged(JSON.parse(body) as ProposedDsse));
          const [uuid = ""] = Object.keys(entries);
          response.setHeader("etag", uuid).setHeader("location", `/api/v1/log/entries/${uuid}`);
          return { code: 201, text: JSON.stringify(entries) };
        }
        return { code: 404, text: "{}" };
      };
      answer().then(
        ({ code, text }) => response.writeHead(code, { "content-type": "application/json" }).end(text),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    });
  });
  const long = { start: new Date("2020-01-01T00:00:00Z"), end: undefined };
  const key = (rawBytes: Buffer) => ({ rawBytes, keyDetails: 5, validFor: long });
  const trustedRoot = TrustedRoot.toJSON({
    mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    tlogs: [
      {
        baseUrl: url,
        hashAlgorithm: 1,
        publicKey: key(log.publicKey),
        logId: { keyId: sha256(log.publicKey) },
        checkpointKeyId: undefined,
        operator: "test",
      },
    ],
    certificateAuthorities: [
      {
        subject: { organization: "sigstore.mock", commonName: "sigstore" },
        uri: url,
        certChain: { certificates: [{ rawBytes: Buffer.from(ca.rootCertificate as Uint8Array<ArrayBuffer>) }] },
        validFor: long,
        operator: "test",
      },
    ],
    ctlogs: [
      {
        baseUrl: `${url}/ct`,
        hashAlgorithm: 1,
        publicKey: key(ctLog.publicKey),
        logId: { keyId: sha256(ctLog.publicKey) },
        checkpointKeyId: undefined,
        operator: "test",
      },
    ],
    timestampAuthorities: [],
  });
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return {
    url,
    trustedRoot: JSON.stringify(trustedRoot),
    token: (subject, issuer) => {
      const now = Math.floor(Date.now() / 1000);
      const claims = { iss: issuer, sub: subject, aud: "sigstore", iat: now, exp: now + 3600 };
      return `${encode({ alg: "RS256", typ: "JWT" })}.${encode(claims)}.${encode("unsigned")}`;
    },
    close: async () => {
      server.close();
      await once(server, "close");
    },
  };
}
