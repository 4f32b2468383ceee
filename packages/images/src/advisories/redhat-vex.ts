import { type Affected, type ParsedRecord, severityOfWord } from "./advisory.ts";
import type { CvssScorer } from "./cvss.ts";
import { fieldOf, isObject, listOf, parseJson, textOf, textsOf, timeOf } from "./json-value.ts";

/** Deepest branch of a product tree, and most products, that are looked at. */
const deepestBranch = 16;
const mostProducts = 200_000;

/** What a product id stands for: a release of RHEL, a package in it, and the version that it has. */
interface Product {
  scope?: string;
  package?: string;
  version?: string;
  module?: string;
}

/** One CSAF VEX document of Red Hat's, `https://security.access.redhat.com/data/csaf/v2/vex/`: one flaw, every product. */
export function parseRedHatVex(bytes: Uint8Array, score: CvssScorer): ParsedRecord {
  const document = parseJson(bytes);
  const flaw = listOf(fieldOf(document, "vulnerabilities"))[0];
  const id = textOf(fieldOf(flaw, "cve"), 64);
  if (!isObject(document) || id === undefined) return { state: "unreadable", why: "no CSAF document about one CVE" };
  const products = readProducts(fieldOf(document, "product_tree"));
  if (products === undefined) return { state: "unreadable", why: `more than ${mostProducts} products` };
  const affected = [...affectedBy(flaw, products).values()];
  if (affected.length === 0) return { state: "irrelevant" };
  const tracking = fieldOf(fieldOf(document, "document"), "tracking");
  const published = timeOf(fieldOf(tracking, "initial_release_date"));
  const modified = timeOf(fieldOf(tracking, "current_release_date"));
  const level = severityOfWord(fieldOf(fieldOf(fieldOf(document, "document"), "aggregate_severity"), "text"));
  const vector = listOf(fieldOf(flaw, "scores"))
    .map((each) => textOf(fieldOf(fieldOf(each, "cvss_v3"), "vectorString"), 256))
    .find((each) => each !== undefined);
  const base = vector === undefined ? undefined : score(vector);
  return {
    state: "read",
    advisories: [
      {
        id,
        kind: "vulnerability",
        aliases: [],
        answers: [],
        summary: (textOf(fieldOf(flaw, "title"), 10_000) ?? "").slice(0, 300),
        url: `https://access.redhat.com/security/cve/${encodeURIComponent(id)}`,
        datesFix: false,
        affected,
        ...(published === undefined ? {} : { published }),
        ...(modified === undefined ? {} : { modified }),
        ...(level === undefined ? {} : { vendor: { by: "redhat", level } }),
        ...(vector === undefined || base === undefined ? {} : { cvss: { vector, score: base } }),
      },
    ],
  };
}

function readProducts(tree: unknown): Map<string, Product> | undefined {
  const products = new Map<string, Product>();
  const walk = (branches: readonly unknown[], depth: number): void => {
    for (const branch of branches) {
      const product = fieldOf(branch, "product");
      const id = textOf(fieldOf(product, "product_id"), 1024);
      if (id !== undefined && products.size <= mostProducts) products.set(id, productOf(product));
      if (depth < deepestBranch) walk(listOf(fieldOf(branch, "branches")), depth + 1);
    }
  };
  walk(listOf(fieldOf(tree, "branches")), 0);
  for (const relationship of listOf(fieldOf(tree, "relationships"))) {
    const id = textOf(fieldOf(fieldOf(relationship, "full_product_name"), "product_id"), 1024);
    const part = products.get(textOf(fieldOf(relationship, "product_reference"), 1024) ?? "");
    const whole = products.get(textOf(fieldOf(relationship, "relates_to_product_reference"), 1024) ?? "");
    if (id === undefined || part === undefined || whole === undefined) continue;
    // A package of a module of a release: the release comes from the end of the chain, the module from its middle.
    const module = part.module ?? (whole.package === undefined ? undefined : moduleName(whole));
    products.set(id, {
      ...part,
      ...(whole.scope === undefined ? {} : { scope: whole.scope }),
      ...(module === undefined ? {} : { module }),
    });
    if (products.size > mostProducts) return undefined;
  }
  return products;
}

const moduleName = ({ package: name, version }: Product): string | undefined => {
  const stream = version?.split(":")[0];
  return name === undefined || stream === undefined ? undefined : `${name}:${stream}`;
};

function productOf(product: unknown): Product {
  const helper = fieldOf(product, "product_identification_helper");
  const cpe = textOf(fieldOf(helper, "cpe"), 256);
  // Only the release itself: extended-support streams have fixes of their own that others do not get.
  const major = cpe === undefined ? undefined : /^cpe:\/[ao]:redhat:enterprise_linux:(\d+)(?::|$)/.exec(cpe)?.[1];
  if (major !== undefined) return { scope: `rhel:${major}` };
  const purl = textOf(fieldOf(helper, "purl"), 1024);
  const match = purl === undefined ? null : /^pkg:rpm(?:mod)?\/redhat\/([^@?]+)(?:@([^?]+))?(?:\?(.*))?$/.exec(purl);
  if (match === null) return {};
  const [, name = "", version, query = ""] = match;
  const qualifiers = new URLSearchParams(query);
  const epoch = qualifiers.get("epoch");
  const module = qualifiers.get("rpmmod")?.split(":").slice(0, 2).join(":");
  return {
    package: decode(name),
    ...(version === undefined
      ? {}
      : { version: epoch === null || epoch === "0" ? decode(version) : `${epoch}:${decode(version)}` }),
    ...(module === undefined ? {} : { module }),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function affectedBy(flaw: unknown, products: ReadonlyMap<string, Product>): Map<string, Affected> {
  const status = fieldOf(flaw, "product_status");
  const ratings = new Map<string, string>();
  for (const threat of listOf(fieldOf(flaw, "threats")))
    if (fieldOf(threat, "category") === "impact")
      for (const id of textsOf(fieldOf(threat, "product_ids"), 1024))
        ratings.set(id, textOf(fieldOf(threat, "details")) ?? "");
  const unfixed = new Map<string, "wont-fix" | "deferred">();
  for (const remedy of listOf(fieldOf(flaw, "remediations"))) {
    const category = fieldOf(remedy, "category");
    if (category !== "no_fix_planned" && category !== "none_available") continue;
    for (const id of textsOf(fieldOf(remedy, "product_ids"), 1024))
      unfixed.set(id, category === "no_fix_planned" ? "wont-fix" : "deferred");
  }
  const affected = new Map<string, Affected>();
  const add = (id: string, fixed: boolean): void => {
    const product = products.get(id);
    if (product?.scope === undefined || product.package === undefined) return;
    const { scope, package: name, version, module } = product;
    const key = `${scope} ${name} ${module ?? ""} ${fixed ? version : ""}`;
    if (affected.has(key) || (fixed && version === undefined)) return;
    const level = severityOfWord(ratings.get(id));
    const noFix = unfixed.get(id);
    affected.set(key, {
      scope,
      package: name,
      intervals: [fixed && version !== undefined ? { fixed: version } : {}],
      versions: [],
      ...(level === undefined ? {} : { level }),
      ...(noFix === undefined || fixed ? {} : { noFix }),
      ...(module === undefined ? {} : { module }),
    });
  };
  for (const id of textsOf(fieldOf(status, "fixed"), 1024)) add(id, true);
  for (const id of textsOf(fieldOf(status, "known_affected"), 1024)) add(id, false);
  return affected;
}
