import type { Package } from "../inventory.ts";
import type { AppliedStatement } from "./finding.ts";
import { type ParsedPurl, parsePurl, purlCovers } from "./purl.ts";
import type { VexOrigin, VexProduct, VexStatement } from "./vex-statement.ts";

/** The image that an inventory is of, as statements name images. */
export interface ImageSubject {
  readonly digest?: string;
  /** Of the index of platforms that it was taken from. */
  readonly index?: string;
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
  /** Besides: authors whose verified statements may settle a finding, wherever they come from. */
  readonly authors?: ReadonlySet<string>;
  readonly subject?: ImageSubject;
}

/** Most statements that are shown beside one finding. */
const mostShown = 20;

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

/** What is said about one flaw in one package. */
export interface SaidOfFinding {
  /** Those that count first, the newest of them first. */
  readonly statements: readonly AppliedStatement[];
  /** The statement that settles it. */
  readonly suppressed?: AppliedStatement;
  readonly settledBy?: readonly string[];
}

/** The statements about one flaw in one package, and those that settle it. */
export function applyVex(
  index: VexIndex,
  { honoured, authors, subject }: Pick<VexOptions, "honoured" | "authors" | "subject">,
  ids: readonly string[],
  about: Package,
): SaidOfFinding {
  const candidates = new Set(ids.flatMap((id) => index.get(id) ?? []));
  if (candidates.size === 0) return { statements: [] };
  const purl = about.purl === undefined ? undefined : parsePurl(about.purl);
  const counts = ({ origin, verified, author }: VexStatement): boolean =>
    honoured.includes(origin) || (verified === true && authors?.has(author) === true);
  const speaking = [...candidates]
    .filter(({ products }) => products.length === 0 || products.some((product) => speaksOf(product, purl, subject)))
    .toSorted((a, b) => Number(b.origin === "policy") - Number(a.origin === "policy") || (b.at ?? 0) - (a.at ?? 0));
  const settling: VexStatement[] = [];
  const policies = new Set<string>();
  for (const each of speaking.filter(counts)) {
    if (each.origin === "policy") {
      // Each policy speaks for itself alone: by its first statement that fits.
      if (!policies.has(each.author) && settles(each)) settling.push(each);
      policies.add(each.author);
    } else if (settles(each)) settling.push(each);
    // Of all others the newest holds: a later `affected` takes back what was said before, by whomever.
    else break;
  }
  // Those that count stand where they are seen: an image may bring any number of others.
  const shownFirst = [...speaking.filter(counts), ...speaking.filter((each) => !counts(each))].slice(0, mostShown);
  const statements = shownFirst.map(shown);
  const [first] = settling;
  return first === undefined
    ? { statements }
    : { statements, suppressed: shown(first), settledBy: [...new Set(settling.map(({ author }) => author))] };
}

const settles = (statement: VexStatement): boolean => statement.status === "fixed" || isReasoned(statement);

/** OpenVEX: `not_affected` without a justification or an impact statement is not a statement. */
const isReasoned = ({ status, justification, statement }: VexStatement): boolean =>
  status === "not_affected" && (justification !== undefined || statement !== undefined);

function speaksOf(
  { purl, digest, parts }: VexProduct,
  about: ParsedPurl | undefined,
  subject: ImageSubject | undefined,
): boolean {
  const image =
    (digest !== undefined && (digest === subject?.digest || digest === subject?.index)) ||
    (digest === undefined && purl?.type === "oci" && namesImage(purl, subject));
  if (image) return parts.length === 0 || (about !== undefined && parts.some((part) => purlCovers(part, about)));
  if (about === undefined || purl === undefined || purl.type === "oci") return false;
  // A package as the product: its parts are inside it, and none of our packages.
  return parts.length === 0 && purlCovers(purl, about);
}

function namesImage(purl: ParsedPurl, subject: ImageSubject | undefined): boolean {
  const repository = subject?.repository;
  if (repository === undefined) return false;
  if (purl.version !== undefined && purl.version !== subject?.digest && purl.version !== subject?.index) return false;
  const url = purl.qualifiers.get("repository_url");
  return url === undefined ? repository.split("/").at(-1) === purl.name : url === repository;
}

const shown = ({
  author,
  document,
  origin,
  verified,
  status,
  justification,
  statement,
  at,
}: VexStatement): AppliedStatement => ({
  author,
  document,
  origin,
  ...(verified === undefined ? {} : { verified }),
  status,
  ...(justification === undefined ? {} : { justification }),
  ...(statement === undefined ? {} : { statement }),
  ...(at === undefined ? {} : { at }),
});
