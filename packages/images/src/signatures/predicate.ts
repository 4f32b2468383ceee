import { type PredicateSummary, signedForNamespace } from "@bulkhead/api";
import { isObject, type JsonObject, jsonObject, listOf, stringOf } from "./bounded-json.ts";

/** What the signed bytes say: of which image, and what. */
export interface Statement {
  /** Whether the image's digest is among what it speaks of. */
  readonly speaksOf: (digest: string) => boolean;
  /** The one namespace that it says to be for, of this image; "" where it says so in a form that cannot be read. */
  readonly forNamespace: (digest: string) => string | undefined;
  /** Undefined: a plain signature. */
  readonly predicateType: string | undefined;
  readonly predicate: JsonObject;
}

const cosignSignature = "https://sigstore.dev/cosign/sign/v1";
const statementTypes = new Set(["https://in-toto.io/Statement/v0.1", "https://in-toto.io/Statement/v1"]);
const textLimit = 2048;
const sourceLimit = 16;

/** An in-toto statement; undefined when it is none. A cosign signature in this form has no predicate type here. */
export function readStatement(payload: Buffer): Statement | undefined {
  const statement = jsonObject(payload);
  const predicateType = stringOf(statement?.["predicateType"]);
  if (statement === undefined || !statementTypes.has(stringOf(statement["_type"]) ?? "")) return undefined;
  if (predicateType === undefined || predicateType === "" || predicateType.length > textLimit) return undefined;
  const subjects = listOf(statement["subject"]).filter(isObject);
  const about = (digest: string): JsonObject[] => {
    const [algorithm = "", hex = ""] = digest.split(":");
    return subjects.filter((s) => isObject(s["digest"]) && s["digest"][algorithm] === hex);
  };
  return {
    speaksOf: (digest) => about(digest).length > 0,
    forNamespace: (digest) => boundTo(about(digest).map((subject) => subject["annotations"])),
    predicateType: predicateType === cosignSignature ? undefined : predicateType,
    predicate: isObject(statement["predicate"]) ? statement["predicate"] : {},
  };
}

/** cosign's simple signing payload; the docker-reference in it is whatever the signer typed, and not looked at. */
export function readSimpleSigning(payload: Buffer): Statement | undefined {
  const signed = jsonObject(payload);
  const critical = signed?.["critical"];
  if (!isObject(critical) || critical["type"] !== "cosign container image signature") return undefined;
  const image = critical["image"];
  const named = isObject(image) ? stringOf(image["docker-manifest-digest"]) : undefined;
  if (named === undefined) return undefined;
  return {
    speaksOf: (digest) => digest === named,
    forNamespace: () => boundTo([signed?.["optional"]]),
    predicateType: undefined,
    predicate: {},
  };
}

/** Several that name different namespaces are for none: who signs says one. */
function boundTo(annotations: readonly unknown[]): string | undefined {
  const named = new Set(
    annotations.map((one) => (isObject(one) && signedForNamespace in one ? one[signedForNamespace] : undefined)),
  );
  const [first] = named;
  if (named.size === 1 && first === undefined) return undefined;
  return named.size === 1 && typeof first === "string" && first.length <= 253 ? first : "";
}

const text = (value: unknown): string | undefined => {
  const found = stringOf(value);
  return found === undefined || found === "" || found.length > textLimit ? undefined : found;
};

const at = (object: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), object);

/** Where a build says what it was asked to build from. Dependencies are not sources: a build may fetch anything. */
const sourcePaths = {
  v02: [["invocation", "configSource", "uri"]],
  v1: [
    ["buildDefinition", "externalParameters", "source"],
    ["buildDefinition", "externalParameters", "source", "uri"],
    ["buildDefinition", "externalParameters", "sourceUri"],
    ["buildDefinition", "externalParameters", "repository"],
    ["buildDefinition", "externalParameters", "configSource", "uri"],
    ["buildDefinition", "externalParameters", "workflow", "repository"],
  ],
} as const;

function provenance(predicate: JsonObject, version: keyof typeof sourcePaths): PredicateSummary {
  const builder = text(
    version === "v1" ? at(predicate, "runDetails", "builder", "id") : at(predicate, "builder", "id"),
  );
  const sources = sourcePaths[version].map((path) => text(at(predicate, ...path))).filter((s) => s !== undefined);
  return {
    ...(builder === undefined ? {} : { builder }),
    ...(sources.length === 0 ? {} : { sources: [...new Set(sources)].slice(0, sourceLimit) }),
  };
}

/** The few things that policies ask of a predicate, by its type; empty for a type that is not known. */
export function summarise(predicateType: string, predicate: JsonObject): PredicateSummary {
  if (predicateType === "https://slsa.dev/provenance/v0.2") return provenance(predicate, "v02");
  if (predicateType === "https://slsa.dev/provenance/v1") return provenance(predicate, "v1");
  if (predicateType.startsWith("https://cyclonedx.org/bom"))
    return { packages: listOf(predicate["components"]).length };
  if (predicateType.startsWith("https://spdx.dev/Document")) return { packages: listOf(predicate["packages"]).length };
  if (predicateType.startsWith("https://cosign.sigstore.dev/attestation/vuln/")) {
    const scanner = text(at(predicate, "scanner", "uri"));
    return scanner === undefined ? {} : { scanner };
  }
  return {};
}
