import type { Package } from "../inventory.ts";
import type { AppliedStatement } from "./finding.ts";
import { type ParsedPurl, parsePurl, purlCovers } from "./purl.ts";
import type { VexOrigin, VexProduct, VexStatement } from "./vex-statement.ts";

/** The image that an inventory is of, as statements name images. */
export interface ImageSubject {
  readonly digest?: string;
  /** Name without registry's tag or digest: `registry.example.com/shop/web`. */
  readonly repository?: string;
}

export interface VexOptions {
  readonly statements: readonly VexStatement[];
  /**
   * Whose statements may settle a finding. Those of others are shown beside it and settle nothing: what comes with an
   * image is the word of whoever made the image.
   */
  readonly honoured: readonly VexOrigin[];
  readonly subject?: ImageSubject;
}

/** Statements by the name of the flaw that they speak of. */
export type VexIndex = ReadonlyMap<string, readonly VexStatement[]>;

export function indexVex(statements: readonly VexStatement[]): VexIndex {
  const index = new Map<string, VexStatement[]>();
  for (const statement of statements)
    for (const name of statement.vulnerabilities) {
      const known = index.get(name);
      if (known === undefined) index.set(name, [statement]);
      else known.push(statement);
    }
  return index;
}

/** The statements about one flaw in one package, newest first, and the one that settles it. */
export function applyVex(
  index: VexIndex,
  { honoured, subject }: Pick<VexOptions, "honoured" | "subject">,
  ids: readonly string[],
  about: Package,
): { readonly statements: readonly AppliedStatement[]; readonly suppressed?: AppliedStatement } {
  const candidates = new Set(ids.flatMap((id) => index.get(id) ?? []));
  if (candidates.size === 0) return { statements: [] };
  const purl = about.purl === undefined ? undefined : parsePurl(about.purl);
  const speaking = [...candidates]
    .filter(({ products }) => products.length === 0 || products.some((product) => speaksOf(product, purl, subject)))
    .toSorted((a, b) => (b.at ?? 0) - (a.at ?? 0));
  const statements = speaking.map(shown);
  // Of the statements that count, the newest holds: a later `affected` takes back a `not_affected`.
  const newest = speaking.find(({ origin }) => honoured.includes(origin));
  const settles = newest !== undefined && (newest.status === "fixed" || isReasoned(newest));
  return settles ? { statements, suppressed: shown(newest) } : { statements };
}

/** OpenVEX: `not_affected` without a justification or an impact statement is not a statement. */
const isReasoned = ({ status, justification, statement }: VexStatement): boolean =>
  status === "not_affected" && (justification !== undefined || statement !== undefined);

function speaksOf(
  { purl, digest, parts }: VexProduct,
  about: ParsedPurl | undefined,
  subject: ImageSubject | undefined,
): boolean {
  const image =
    (digest !== undefined && digest === subject?.digest) ||
    (digest === undefined && purl?.type === "oci" && namesImage(purl, subject));
  if (image) return parts.length === 0 || (about !== undefined && parts.some((part) => purlCovers(part, about)));
  if (about === undefined || purl === undefined || purl.type === "oci") return false;
  // A package as the product: its parts are inside it, and none of our packages.
  return parts.length === 0 && purlCovers(purl, about);
}

function namesImage(purl: ParsedPurl, subject: ImageSubject | undefined): boolean {
  const repository = subject?.repository;
  if (repository === undefined) return false;
  if (purl.version !== undefined && purl.version !== subject?.digest) return false;
  const url = purl.qualifiers.get("repository_url");
  return url === undefined ? repository.split("/").at(-1) === purl.name : url === repository;
}

const shown = ({ author, document, origin, status, justification, statement, at }: VexStatement): AppliedStatement => ({
  author,
  document,
  origin,
  status,
  ...(justification === undefined ? {} : { justification }),
  ...(statement === undefined ? {} : { statement }),
  ...(at === undefined ? {} : { at }),
});
