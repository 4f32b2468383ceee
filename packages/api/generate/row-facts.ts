/**
 * Writes src/kinds/fixtures/facts/rows.json: what a real API server's discovery and tables say of the kinds that have
 * a row. Run: node packages/api/generate/row-facts.ts DISCOVERY.json TABLES.json
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { kindRows } from "../src/index.ts";

interface Discovered {
  readonly resource: string;
  readonly responseKind: { readonly kind: string };
  readonly scope: string;
  readonly singularResource: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly subresources?: readonly { readonly subresource: string }[];
}
interface Group {
  readonly group: string;
  readonly versions: readonly { readonly version: string; readonly resources: readonly Discovered[] }[];
}

const [discoveryFile, tablesFile] = process.argv.slice(2);
if (discoveryFile === undefined || tablesFile === undefined) throw new Error("which discovery and which tables?");
const groups = JSON.parse(readFileSync(discoveryFile, "utf8")) as Group[];
const tables = JSON.parse(readFileSync(tablesFile, "utf8")) as Record<string, unknown>;

const facts = kindRows.flatMap(({ group, version, resource }) => {
  const versions = groups.find((candidate) => candidate.group === group)?.versions ?? [];
  const found = versions
    .find((candidate) => candidate.version === version)
    ?.resources.find((candidate) => candidate.resource === resource);
  if (found === undefined) return [];
  const path = group === "" ? `api/v1/${resource}` : `apis/${group}/${version}/${resource}`;
  return [
    {
      group,
      version,
      resource,
      kind: found.responseKind.kind,
      singular: found.singularResource,
      shortNames: found.shortNames ?? [],
      categories: found.categories ?? [],
      namespaced: found.scope === "Namespaced",
      verbs: found.verbs,
      subresources: (found.subresources ?? []).map(({ subresource }) => subresource),
      columns: tables[path] ?? [],
    },
  ];
});
const folder = fileURLToPath(new URL("../src/kinds/fixtures/facts/", import.meta.url));
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}rows.json`, `[\n${facts.map((one) => JSON.stringify(one)).join(",\n")}\n]\n`);
