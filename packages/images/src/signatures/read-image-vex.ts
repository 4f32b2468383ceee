import type { SignatureFact, SignatureFailure } from "@bulkhead/api";
import { readVex } from "../matching/read-vex.ts";
import type { VexStatement } from "../matching/vex-statement.ts";
import type { Carried } from "./collect.ts";
import { type CollectedVex, mayBeVex } from "./collect-vex.ts";
import { openCarried } from "./find.ts";
import { readStatement, type Statement } from "./predicate.ts";
import type { SignatureTrust } from "./trust.ts";
import { verifySignature } from "./verify.ts";

/** Whose signature makes a statement's author. */
export interface ImageVexTrust {
  readonly trust: SignatureTrust;
  /** Under which names the signer of a verified attestation is known; none: his word is as good as nobody's. */
  readonly authorsOf: (fact: SignatureFact) => readonly string[];
}

export interface ImageVex {
  readonly statements: readonly VexStatement[];
  /** What each document was: whose, and how much of it could be understood. */
  readonly documents: readonly {
    readonly manifest: string;
    readonly form: "openvex" | "cyclonedx" | "csaf";
    readonly author: string;
    readonly verified: boolean;
    readonly statements: number;
    readonly skipped: number;
  }[];
  readonly failures: readonly SignatureFailure[];
}

/** Statements of one document, and of one image's documents together. */
const most = { document: 2000, image: 10_000 };

/**
 * Reads the VEX that lies beside an image. The signer of an attestation is the author of what it says if its signature
 * verifies and the signer is known; any other document keeps the name that it claims, marked as unverified. What does not
 * name this image as its subject says nothing of it.
 */
export function readImageVex({ digest, carried, failures: before }: CollectedVex, trusted: ImageVexTrust): ImageVex {
  const statements: VexStatement[] = [];
  const documents: ImageVex["documents"][number][] = [];
  const failures: SignatureFailure[] = [...before];
  for (const { base64, ...each } of carried) {
    const read = look({ ...each, bytes: Buffer.from(base64, "base64") }, digest, trusted);
    if (read === undefined) continue;
    if (typeof read === "string") {
      failures.push({ reason: read, manifest: each.manifest });
      continue;
    }
    const reading = readVex(read.document, "image");
    if (reading.form === "unreadable") {
      failures.push({ reason: "unreadable", manifest: each.manifest });
      continue;
    }
    const { form } = reading;
    // An SBOM without analyses is no VEX, and not worth a line.
    if (reading.statements.length + reading.skipped === 0) continue;
    const taken = reading.statements.slice(0, most.document);
    for (const author of read.authors.length > 0 ? read.authors : [undefined]) {
      const kept = taken
        .slice(0, Math.max(0, most.image - statements.length))
        .map(
          (statement): VexStatement =>
            author === undefined
              ? { ...statement, author: unverified(statement.author) }
              : { ...statement, author, verified: true },
        );
      statements.push(...kept);
      documents.push({
        manifest: each.manifest,
        form,
        author: author ?? unverified(taken[0]?.author ?? "(no author)"),
        verified: author !== undefined,
        statements: kept.length,
        skipped: reading.skipped + reading.statements.length - kept.length,
      });
    }
  }
  return { statements, documents, failures };
}

const unverified = (claimed: string): string => `unverified: ${claimed}`;

interface Looked {
  readonly document: Buffer;
  /** Of a signature that holds. */
  readonly authors: readonly string[];
}

/** The document in what was carried and who signed it; undefined: it is about something else than flaws. */
function look(carried: Carried, digest: string, { trust, authorsOf }: ImageVexTrust): Looked | Reason | undefined {
  if (carried.as === "document") {
    const statement = readStatement(carried.bytes);
    return statement === undefined
      ? { document: carried.bytes, authors: [] }
      : ofStatement(statement, carried.bytes, []);
  }
  const found = openCarried(carried);
  if (typeof found === "string") return found;
  if (found.content.kind !== "statement") return undefined;
  const statement = readStatement(found.content.payload);
  if (statement === undefined) return "unreadable";
  const verified = verifySignature(found, digest, trust);
  const authors = "facts" in verified ? [...new Set(verified.facts.flatMap(authorsOf))] : [];
  return ofStatement(statement, found.content.payload, authors);

  function ofStatement(about: Statement, document: Buffer, by: readonly string[]): Looked | Reason | undefined {
    if (about.predicateType === undefined || !mayBeVex(about.predicateType)) return undefined;
    return about.speaksOf(digest) ? { document, authors: by } : "other-digest";
  }
}

type Reason = SignatureFailure["reason"];
