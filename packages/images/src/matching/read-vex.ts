import { fieldOf, isObject, listOf, parseJson, textOf, textsOf, timeOf } from "../advisories/json-value.ts";
import { type ParsedPurl, parsePurl } from "./purl.ts";
import type { VexOrigin, VexProduct, VexStatement, VexStatus } from "./vex-statement.ts";

/** Largest document, and most statements of one, that are read. */
const mostBytes = 32 * 2 ** 20;
const mostStatements = 100_000;

export type VexReading =
  | {
      readonly form: "openvex" | "cyclonedx" | "csaf";
      readonly statements: readonly VexStatement[];
      readonly skipped: number;
    }
  | { readonly form: "unreadable"; readonly why: string };

/** Reads a VEX document in any of the three forms. Statements without a known status are skipped and counted. */
export function readVex(bytes: Uint8Array, origin: VexOrigin): VexReading {
  if (bytes.length > mostBytes) return { form: "unreadable", why: "too large" };
  const document = parseJson(bytes);
  if (!isObject(document)) return { form: "unreadable", why: "not a JSON object" };
  // As an attestation, the document is the predicate of an in-toto statement.
  const predicate = fieldOf(document, "predicate");
  const body = isObject(predicate) ? predicate : document;
  const context = fieldOf(body, "@context");
  if (typeof context === "string" && context.startsWith("https://openvex.dev/ns")) return openVex(body, origin);
  if (fieldOf(body, "bomFormat") === "CycloneDX") return cycloneDx(body, origin);
  if (fieldOf(fieldOf(body, "document"), "csaf_version") !== undefined) return csaf(body, origin);
  return { form: "unreadable", why: "neither OpenVEX, CycloneDX nor CSAF" };
}

interface Common {
  readonly author: string;
  readonly document: string;
  readonly origin: VexOrigin;
}

type Draft = Omit<VexStatement, keyof Common>;

/** Names that only we give: a document does not give them to itself. */
const ours = /^(ImageTrustPolicy\/|unverified:)/i;

function finish(
  form: "openvex" | "cyclonedx" | "csaf",
  common: Common,
  drafts: readonly (Draft | undefined)[],
): VexReading {
  const { author } = common;
  const claimed = { ...common, author: ours.test(author) ? `says it is ${author}` : author };
  const statements = drafts
    .filter((draft): draft is Draft => draft !== undefined)
    .slice(0, mostStatements)
    .map((draft) => ({ ...claimed, ...draft }));
  return { form, statements, skipped: drafts.length - statements.length };
}

const optional = <K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> =>
  value === undefined ? {} : ({ [key]: value } as Record<K, V>);

const purls = (values: readonly (string | undefined)[]): ParsedPurl[] =>
  values.flatMap((value) => {
    const purl = value === undefined ? undefined : parsePurl(value);
    return purl === undefined ? [] : [purl];
  });

const digestPattern = /sha256:[0-9a-f]{64}/;

/** A product by whatever identifies it; undefined where nothing that we understand does. */
function productOf(identifiers: readonly (string | undefined)[], parts: readonly ParsedPurl[]): VexProduct | undefined {
  const purl = purls(identifiers)[0];
  const digest = identifiers
    .map((each) => digestPattern.exec(decode(each ?? ""))?.[0])
    .find((each) => each !== undefined);
  if (purl === undefined && digest === undefined) return undefined;
  return { ...optional("purl", purl), ...optional("digest", digest), parts };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const openVexStatuses = new Set<VexStatus>(["not_affected", "affected", "fixed", "under_investigation"]);

function openVex(body: unknown, origin: VexOrigin): VexReading {
  const common = {
    author: textOf(fieldOf(body, "author"), 512) ?? "(no author)",
    document: textOf(fieldOf(body, "@id"), 512) ?? "(no id)",
    origin,
  };
  const documentTime = timeOf(fieldOf(body, "last_updated")) ?? timeOf(fieldOf(body, "timestamp"));
  const identifiers = (thing: unknown): (string | undefined)[] => {
    if (typeof thing === "string") return [textOf(thing, 2048)];
    const sum = textOf(fieldOf(fieldOf(thing, "hashes"), "sha-256"), 64);
    return [
      textOf(fieldOf(fieldOf(thing, "identifiers"), "purl"), 2048),
      textOf(fieldOf(thing, "@id"), 2048),
      sum === undefined ? undefined : `sha256:${sum}`,
    ];
  };
  const drafts = listOf(fieldOf(body, "statements")).map((each): Draft | undefined => {
    const status = fieldOf(each, "status") as VexStatus;
    const about = fieldOf(each, "vulnerability");
    const names =
      typeof about === "string"
        ? textsOf([about])
        : [...textsOf([fieldOf(about, "name")]), ...textsOf(fieldOf(about, "aliases"))];
    const named = listOf(fieldOf(each, "products"));
    const products = named.flatMap((product) => {
      const of = productOf(identifiers(product), purls(listOf(fieldOf(product, "subcomponents")).flatMap(identifiers)));
      return of === undefined ? [] : [of];
    });
    // A product that we do not understand must not widen to all products.
    if (!openVexStatuses.has(status) || names.length === 0 || (named.length > 0 && products.length === 0))
      return undefined;
    return {
      vulnerabilities: names,
      status,
      products,
      ...optional("justification", textOf(fieldOf(each, "justification"), 128)),
      ...optional(
        "statement",
        textOf(fieldOf(each, "impact_statement"), 2048) ?? textOf(fieldOf(each, "action_statement"), 2048),
      ),
      ...optional("at", timeOf(fieldOf(each, "last_updated")) ?? timeOf(fieldOf(each, "timestamp")) ?? documentTime),
    };
  });
  return finish("openvex", common, drafts);
}

const cycloneDxStates: Readonly<Record<string, VexStatus>> = {
  not_affected: "not_affected",
  false_positive: "not_affected",
  exploitable: "affected",
  resolved: "fixed",
  resolved_with_pedigree: "fixed",
  in_triage: "under_investigation",
};

const cycloneDxJustifications: Readonly<Record<string, string>> = {
  code_not_present: "vulnerable_code_not_present",
  code_not_reachable: "vulnerable_code_not_in_execute_path",
  requires_configuration: "vulnerable_code_cannot_be_controlled_by_adversary",
  requires_dependency: "component_not_present",
  requires_environment: "vulnerable_code_cannot_be_controlled_by_adversary",
  protected_by_compiler: "inline_mitigations_already_exist",
  protected_at_runtime: "inline_mitigations_already_exist",
  protected_at_perimeter: "inline_mitigations_already_exist",
  protected_by_mitigating_control: "inline_mitigations_already_exist",
};

const own = <V>(table: Readonly<Record<string, V>>, key: unknown): V | undefined =>
  typeof key === "string" && Object.hasOwn(table, key) ? table[key] : undefined;

function cycloneDx(body: unknown, origin: VexOrigin): VexReading {
  const metadata = fieldOf(body, "metadata");
  const author =
    textOf(fieldOf(listOf(fieldOf(metadata, "authors"))[0], "name"), 512) ??
    textOf(fieldOf(fieldOf(metadata, "supplier"), "name"), 512) ??
    textOf(fieldOf(fieldOf(metadata, "manufacturer"), "name"), 512) ??
    "(no author)";
  const common = { author, document: textOf(fieldOf(body, "serialNumber"), 512) ?? "(no id)", origin };
  const documentTime = timeOf(fieldOf(metadata, "timestamp"));
  const byReference = new Map<string, string>();
  const collect = (components: readonly unknown[], depth: number): void => {
    for (const component of components) {
      const reference = textOf(fieldOf(component, "bom-ref"), 2048);
      const purl = textOf(fieldOf(component, "purl"), 2048);
      if (reference !== undefined && purl !== undefined) byReference.set(reference, purl);
      if (depth < 16) collect(listOf(fieldOf(component, "components")), depth + 1);
    }
  };
  collect([fieldOf(metadata, "component"), ...listOf(fieldOf(body, "components"))], 0);
  const drafts = listOf(fieldOf(body, "vulnerabilities")).map((each): Draft | undefined => {
    const analysis = fieldOf(each, "analysis");
    // A vulnerability without analysis is a finding, not a statement.
    const status = own(cycloneDxStates, fieldOf(analysis, "state"));
    const name = textOf(fieldOf(each, "id"), 256);
    if (status === undefined || name === undefined) return undefined;
    const named = listOf(fieldOf(each, "affects"));
    const products = named.flatMap((affected) => {
      const reference = textOf(fieldOf(affected, "ref"), 2048) ?? "";
      // A reference into another document ends with that document's own (`urn:cdx:…#ref`).
      const target = byReference.get(reference) ?? decode(reference.slice(reference.indexOf("#") + 1));
      const of = productOf([target], []);
      return of === undefined ? [] : [of];
    });
    if (named.length > 0 && products.length === 0) return undefined;
    const aliases = listOf(fieldOf(each, "references")).flatMap((other) => textsOf([fieldOf(other, "id")]));
    return {
      vulnerabilities: [name, ...aliases],
      status,
      products,
      ...optional(
        "justification",
        fieldOf(analysis, "state") === "false_positive"
          ? "component_not_present"
          : own(cycloneDxJustifications, fieldOf(analysis, "justification")),
      ),
      ...optional("statement", textOf(fieldOf(analysis, "detail"), 2048)),
      ...optional(
        "at",
        timeOf(fieldOf(analysis, "lastUpdated")) ??
          timeOf(fieldOf(analysis, "firstIssued")) ??
          timeOf(fieldOf(each, "updated")) ??
          documentTime,
      ),
    };
  });
  return finish("cyclonedx", common, drafts);
}

const csafStatuses: readonly (readonly [field: string, status: VexStatus])[] = [
  ["known_not_affected", "not_affected"],
  ["known_affected", "affected"],
  ["fixed", "fixed"],
  ["first_fixed", "fixed"],
  ["under_investigation", "under_investigation"],
];

function csaf(body: unknown, origin: VexOrigin): VexReading {
  const document = fieldOf(body, "document");
  const tracking = fieldOf(document, "tracking");
  const common = {
    author: textOf(fieldOf(fieldOf(document, "publisher"), "name"), 512) ?? "(no author)",
    document: textOf(fieldOf(tracking, "id"), 512) ?? "(no id)",
    origin,
  };
  const at = timeOf(fieldOf(tracking, "current_release_date"));
  const byId = new Map<string, VexProduct>();
  const addProduct = (product: unknown): void => {
    const id = textOf(fieldOf(product, "product_id"), 1024);
    const purl = textOf(fieldOf(fieldOf(product, "product_identification_helper"), "purl"), 2048);
    const of = productOf([purl], []);
    if (id !== undefined && of !== undefined) byId.set(id, of);
  };
  const walk = (branches: readonly unknown[], depth: number): void => {
    for (const branch of branches) {
      addProduct(fieldOf(branch, "product"));
      if (depth < 16) walk(listOf(fieldOf(branch, "branches")), depth + 1);
    }
  };
  const tree = fieldOf(body, "product_tree");
  walk(listOf(fieldOf(tree, "branches")), 0);
  listOf(fieldOf(tree, "full_product_names")).forEach(addProduct);
  for (const relationship of listOf(fieldOf(tree, "relationships"))) {
    const id = textOf(fieldOf(fieldOf(relationship, "full_product_name"), "product_id"), 1024);
    const part = byId.get(textOf(fieldOf(relationship, "product_reference"), 1024) ?? "");
    const whole = byId.get(textOf(fieldOf(relationship, "relates_to_product_reference"), 1024) ?? "");
    if (id === undefined || part === undefined) continue;
    byId.set(id, whole === undefined || part.purl === undefined ? part : { ...whole, parts: [part.purl] });
  }
  const drafts = listOf(fieldOf(body, "vulnerabilities")).flatMap((flaw): (Draft | undefined)[] => {
    const names = [
      ...textsOf([fieldOf(flaw, "cve")]),
      ...listOf(fieldOf(flaw, "ids")).flatMap((id) => textsOf([fieldOf(id, "text")])),
    ];
    if (names.length === 0) return [undefined];
    return csafStatuses.flatMap(([field, status]) => {
      const ids = textsOf(fieldOf(fieldOf(flaw, "product_status"), field), 1024);
      if (ids.length === 0) return [];
      const products = ids.flatMap((id) => byId.get(id) ?? []);
      if (products.length === 0) return [undefined];
      const flag = listOf(fieldOf(flaw, "flags")).find((each) =>
        textsOf(fieldOf(each, "product_ids"), 1024).some((id) => ids.includes(id)),
      );
      const impact = listOf(fieldOf(flaw, "threats")).find((each) => fieldOf(each, "category") === "impact");
      return [
        {
          vulnerabilities: names,
          status,
          products,
          ...(status === "not_affected" ? optional("justification", textOf(fieldOf(flag, "label"), 128)) : {}),
          ...optional("statement", textOf(fieldOf(impact, "details"), 2048)),
          ...optional("at", at),
        },
      ];
    });
  });
  return finish("csaf", common, drafts);
}
