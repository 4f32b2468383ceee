import { word } from "../packages/declaration.ts";

/** What another scanner, or a signed statement, says of an image: kept beside our own findings, never in their place. */
export interface ScannerEvidence {
  readonly scanner: "trivy" | "grype" | "in-toto";
  readonly version?: string;
  /** The image's manifest digest as it says; absent where it names none. */
  readonly digest?: string;
  /** ISO 8601, as written. */
  readonly at?: string;
  readonly flaws: readonly EvidenceFlaw[];
  /** Entries that named no flaw or no package. */
  readonly unreadable: number;
}

export interface EvidenceFlaw {
  readonly id: string;
  readonly aliases: readonly string[];
  /** As that scanner names it: `group:artifact`, `libssl3`. */
  readonly packageName: string;
  readonly version: string;
  readonly purl?: string;
  /** Lower case; `unknown` where it says nothing. */
  readonly severity: string;
  readonly fixedIn?: string;
}

export type EvidenceErrorCode = "malformed" | "unsupported" | "limit";

/** Why a document is no evidence that we can read. */
export class EvidenceError extends Error {
  readonly code: EvidenceErrorCode;
  constructor(code: EvidenceErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "EvidenceError";
    this.code = code;
  }
}

type Fields = Readonly<Record<string, unknown>>;
const fields = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const list = (value: unknown): Fields[] => (Array.isArray(value) ? (value as unknown[]).map(fields) : []);
const text = (value: unknown): string | undefined => (typeof value === "string" ? word(value) : undefined);
const texts = (value: unknown): string[] =>
  Array.isArray(value) ? (value as unknown[]).flatMap((v) => text(v) ?? []) : [];
const flawsLimit = 500_000;
const optional = <K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } =>
  (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: string };

/** A digest in `name@sha256:…` or by itself. */
const digestIn = (value: unknown): string | undefined => /sha256:[0-9a-f]{64}/.exec(text(value) ?? "")?.[0];

/**
 * Reads Trivy's JSON report (schema 2), Grype's JSON, or an in-toto statement with cosign's vulnerability predicate
 * (`https://cosign.sigstore.dev/attestation/vuln/v1`), whose scan result is one of the two. Throws EvidenceError.
 */
export function readEvidence(bytes: string): ScannerEvidence {
  let whole: unknown;
  try {
    whole = JSON.parse(bytes);
  } catch (error) {
    throw new EvidenceError("malformed", "the report is no JSON", error);
  }
  const document = fields(whole);
  const statement = text(document["_type"]);
  if (statement?.startsWith("https://in-toto.io/Statement/") === true) return readStatement(document);
  return readReport(document);
}

function readReport(document: Fields): ScannerEvidence {
  if ("SchemaVersion" in document && ("Results" in document || "ArtifactName" in document)) return readTrivy(document);
  if ("matches" in document && "descriptor" in document) return readGrype(document);
  throw new EvidenceError("unsupported", "neither Trivy's JSON, nor Grype's, nor an in-toto vulnerability statement");
}

function readStatement(statement: Fields): ScannerEvidence {
  const type = text(statement["predicateType"]) ?? "";
  if (!/^https:\/\/cosign\.sigstore\.dev\/attestation\/vuln\/v1$/.test(type))
    throw new EvidenceError("unsupported", `an in-toto statement of type ${type || "none"}`);
  const predicate = fields(statement["predicate"]);
  const scanner = fields(predicate["scanner"]);
  const inner = readReport(fields(scanner["result"]));
  const [subject] = list(statement["subject"]);
  const sha256 = text(fields(subject?.["digest"])["sha256"]);
  const { digest: _, at: written, ...rest } = inner;
  return {
    ...rest,
    scanner: "in-toto",
    // What the statement is about is its subject, whatever the report within says.
    ...(sha256 !== undefined && /^[0-9a-f]{64}$/.test(sha256) ? { digest: `sha256:${sha256}` } : {}),
    ...optional("at", text(fields(predicate["metadata"])["scanFinishedOn"]) ?? written),
  };
}

function gathered(rows: Iterable<EvidenceFlaw | undefined>): Pick<ScannerEvidence, "flaws" | "unreadable"> {
  const flaws: EvidenceFlaw[] = [];
  let unreadable = 0;
  for (const row of rows)
    if (row === undefined) unreadable++;
    else if (flaws.length >= flawsLimit) throw new EvidenceError("limit", `more than ${flawsLimit} findings`);
    else flaws.push(row);
  return { flaws, unreadable };
}

function readTrivy(report: Fields): ScannerEvidence {
  function* rows(): Generator<EvidenceFlaw | undefined> {
    for (const result of list(report["Results"]))
      for (const flaw of list(result["Vulnerabilities"])) {
        const id = text(flaw["VulnerabilityID"]);
        const packageName = text(flaw["PkgName"]);
        const version = text(flaw["InstalledVersion"]);
        yield id === undefined || packageName === undefined || version === undefined
          ? undefined
          : {
              id,
              aliases: texts(flaw["VendorIDs"]),
              packageName,
              version,
              severity: (text(flaw["Severity"]) ?? "unknown").toLowerCase(),
              ...optional("purl", text(fields(flaw["PkgIdentifier"])["PURL"])),
              ...optional("fixedIn", text(flaw["FixedVersion"])),
            };
      }
  }
  const [digest] = texts(fields(report["Metadata"])["RepoDigests"]).map(digestIn);
  return {
    scanner: "trivy",
    ...optional("version", text(fields(report["Trivy"])["Version"])),
    ...optional("digest", digest),
    ...optional("at", text(report["CreatedAt"])),
    ...gathered(rows()),
  };
}

function readGrype(report: Fields): ScannerEvidence {
  function* rows(): Generator<EvidenceFlaw | undefined> {
    for (const match of list(report["matches"])) {
      const flaw = fields(match["vulnerability"]);
      const artifact = fields(match["artifact"]);
      const id = text(flaw["id"]);
      const packageName = text(artifact["name"]);
      const version = text(artifact["version"]);
      yield id === undefined || packageName === undefined || version === undefined
        ? undefined
        : {
            id,
            aliases: list(match["relatedVulnerabilities"]).flatMap((r) => text(r["id"]) ?? []),
            packageName,
            version,
            severity: (text(flaw["severity"]) ?? "unknown").toLowerCase(),
            ...optional("purl", text(artifact["purl"])),
            ...optional("fixedIn", texts(fields(flaw["fix"])["versions"])[0]),
          };
    }
  }
  const target = fields(fields(report["source"])["target"]);
  const descriptor = fields(report["descriptor"]);
  return {
    scanner: "grype",
    ...optional("version", text(descriptor["version"])),
    ...optional("digest", digestIn(target["manifestDigest"])),
    ...optional("at", text(descriptor["timestamp"])),
    ...gathered(rows()),
  };
}
