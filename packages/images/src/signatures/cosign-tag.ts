import { X509Certificate } from "node:crypto";
import type { TransparencyLogEntry } from "@sigstore/bundle";
import { base64, isObject, jsonObject, listOf, stringOf } from "./bounded-json.ts";
import { type FoundSignature, SignedContent, statementType } from "./signed-content.ts";

type Annotations = Readonly<Record<string, unknown>>;

const signatureLimit = 8 << 10;
const annotationLimit = 64 << 10;

/** A layer of a `.sig` manifest: the signature stands in its annotations, what it signs is the layer. */
export function fromSignatureLayer(
  manifest: string,
  annotations: Annotations,
  payload: Buffer,
): FoundSignature | undefined {
  const signature = base64(annotations["dev.cosignproject.cosign/signature"], signatureLimit);
  if (signature === undefined || signature.length === 0) return undefined;
  return withMaterial(manifest, annotations, SignedContent.simpleSigning(payload, signature));
}

/** A layer of an `.att` manifest: a DSSE envelope. */
export function fromAttestationLayer(
  manifest: string,
  annotations: Annotations,
  bytes: Buffer,
): FoundSignature | undefined {
  const envelope = jsonObject(bytes);
  const payload = base64(envelope?.["payload"], bytes.length);
  const [first, ...more] = listOf(envelope?.["signatures"]);
  const signature = isObject(first) ? base64(first["sig"], signatureLimit) : undefined;
  if (envelope?.["payloadType"] !== statementType || payload === undefined || signature === undefined) return undefined;
  if (signature.length === 0 || more.length > 0) return undefined;
  return withMaterial(manifest, annotations, SignedContent.statement(statementType, payload, signature));
}

function withMaterial(manifest: string, annotations: Annotations, content: SignedContent): FoundSignature | undefined {
  const pem = stringOf(annotations["dev.sigstore.cosign/certificate"]) ?? "";
  const entry = stringOf(annotations["dev.sigstore.cosign/bundle"]) ?? "";
  const stamp = stringOf(annotations["dev.sigstore.cosign/rfc3161timestamp"]) ?? "";
  if ([pem, entry, stamp].some((text) => text.length > annotationLimit)) return undefined;
  const certificate = pem === "" ? undefined : certificateOf(pem);
  const logEntry = entry === "" ? undefined : logEntryOf(entry);
  const timestamp =
    stamp === "" ? undefined : base64(jsonObject(Buffer.from(stamp))?.["SignedRFC3161Timestamp"], annotationLimit);
  // What says that it has them and has not is not taken for one without.
  if ((pem !== "" && certificate === undefined) || (entry !== "" && logEntry === undefined)) return undefined;
  if (stamp !== "" && timestamp === undefined) return undefined;
  return {
    form: "tag",
    manifest,
    content,
    certificate,
    hint: "",
    logEntries: logEntry === undefined ? [] : [logEntry],
    timestamps: timestamp === undefined ? [] : [timestamp],
  };
}

function certificateOf(pem: string): Buffer<ArrayBuffer> | undefined {
  try {
    return Buffer.from(new X509Certificate(pem).raw);
  } catch {
    return undefined;
  }
}

/** Rekor's answer as cosign kept it: the entry, and the log's promise to include it. */
function logEntryOf(text: string): TransparencyLogEntry | undefined {
  const bundle = jsonObject(Buffer.from(text));
  const payload = bundle?.["Payload"];
  const promise = base64(bundle?.["SignedEntryTimestamp"], signatureLimit);
  if (!isObject(payload) || promise === undefined) return undefined;
  const body = base64(payload["body"], annotationLimit);
  const { integratedTime, logIndex, logID } = payload;
  if (body === undefined || typeof logID !== "string" || !/^[0-9a-f]{64}$/.test(logID)) return undefined;
  if (!Number.isSafeInteger(integratedTime) || !Number.isSafeInteger(logIndex)) return undefined;
  const entry = jsonObject(body);
  const kind = stringOf(entry?.["kind"]);
  const version = stringOf(entry?.["apiVersion"]);
  if (kind === undefined || version === undefined) return undefined;
  return {
    logIndex: String(logIndex),
    logId: { keyId: Buffer.from(logID, "hex") },
    kindVersion: { kind, version },
    integratedTime: String(integratedTime),
    inclusionPromise: { signedEntryTimestamp: promise },
    inclusionProof: undefined,
    canonicalizedBody: body,
  };
}
