import { createHash } from "node:crypto";
import type { CurrencyInventory } from "./inventory.ts";
import type { Item, ItemVulnerability } from "./item.ts";

/** A UUID out of what the document is about: the same inventory at the same time gives the same document. */
function documentId(...parts: readonly string[]): string {
  const hash = createHash("sha256").update(parts.join("\0")).digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString("hex", 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const types: Readonly<Partial<Record<Item["kind"], string>>> = {
  bulkhead: "application",
  dependency: "library",
  runtime: "platform",
  part: "application",
  kernel: "operating-system",
  "system-package": "library",
  "control-plane": "application",
  node: "platform",
  image: "container",
};

const property = (name: string, value: string | undefined): { readonly name: string; readonly value: string }[] =>
  value === undefined || value === "" ? [] : [{ name: `bulkhead:${name}`, value }];

const severity = (level: ItemVulnerability["severity"]): string => (level === "negligible" ? "info" : level);

const analysis = { yes: "exploitable", no: "not_affected", unknown: "in_triage" } as const;

/**
 * The inventory as a CycloneDX 1.6 document: components with their verdicts, vulnerabilities with whether they touch this
 * installation. Certificates, keys, tokens and API versions are no components: they stand in the metadata's properties.
 */
export function currencyBom(inventory: CurrencyInventory, toolVersion: string): object {
  const components = inventory.items.flatMap((item) => {
    const type = types[item.kind];
    return type === undefined ? [] : [{ item, type }];
  });
  const others = inventory.items.filter((item) => types[item.kind] === undefined);
  const root = "installation";
  const flaws = new Map<string, { readonly first: ItemVulnerability; readonly of: Item[] }>();
  for (const { item } of components)
    for (const flaw of item.vulnerabilities) {
      const key = `${flaw.id} ${flaw.touches} ${flaw.because}`;
      const known = flaws.get(key);
      if (known === undefined) flaws.set(key, { first: flaw, of: [item] });
      else known.of.push(item);
    }
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${documentId("currency", inventory.of, inventory.at)}`,
    version: 1,
    metadata: {
      timestamp: inventory.at,
      tools: { components: [{ type: "application", name: "bulkhead", version: toolVersion }] },
      component: {
        type: "platform",
        "bom-ref": root,
        name: inventory.of,
        properties: [
          ...others.flatMap((item) => property(`${item.kind}:${item.name}`, `${item.verdict}: ${item.because}`)),
          ...inventory.unseen.flatMap(({ what, why }) => property(`unseen:${what}`, why)),
          ...inventory.sources.flatMap(({ name, checkedDaysAgo, stale }) =>
            property(`source:${name}`, `checked ${checkedDaysAgo} days ago${stale === undefined ? "" : `, ${stale}`}`),
          ),
        ],
      },
    },
    components: components.map(({ item, type }) => ({
      type,
      "bom-ref": item.id,
      name: item.name,
      version: item.version,
      ...(item.purl === undefined ? {} : { purl: item.purl }),
      properties: [
        ...property("kind", item.kind),
        ...property("verdict", item.verdict),
        ...property("because", item.because),
        ...property("origin", item.origin),
        ...property("support:until", item.support?.until),
        ...property("newest", item.newest?.version),
        ...item.gaps.flatMap((gap) => property("gap", gap)),
      ],
    })),
    dependencies: [{ ref: root, dependsOn: components.map(({ item }) => item.id) }],
    compositions: [{ aggregate: inventory.unseen.length === 0 ? "unknown" : "incomplete", assemblies: [root] }],
    vulnerabilities: [...flaws.values()].map(({ first, of }, i) => ({
      "bom-ref": `vulnerability-${i + 1}`,
      id: first.id,
      ratings: [{ severity: severity(first.severity) }],
      ...(first.summary === undefined ? {} : { description: first.summary }),
      ...(first.fixed === undefined ? {} : { recommendation: `Update to ${first.fixed}.` }),
      analysis: {
        state: analysis[first.touches],
        ...(first.touches === "no" ? { justification: "code_not_present" } : {}),
        detail: first.because,
      },
      properties: [
        ...(first.exploited ? property("exploited", "true") : []),
        ...first.sources.flatMap((source) => property("source", source)),
      ],
      affects: of.map((item) => ({
        ref: item.id,
        versions: [{ version: item.version, status: first.touches === "no" ? "unaffected" : "affected" }],
      })),
    })),
  };
}
