/**
 * Writes src/generated/schema-facts.ts: the schemas of fields.json as one string, a line each, which the runtime
 * reads schema by schema as it needs them. Keys are one letter, references are line numbers.
 * Run: node packages/api/generate/schema-facts.ts
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

interface Facts {
  readonly type?: string;
  readonly format?: string;
  readonly ref?: string;
  readonly items?: Facts;
  readonly values?: Facts;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly fields?: Readonly<Record<string, Facts>>;
  readonly required?: readonly string[];
  readonly oneOf?: readonly Facts[];
  readonly unions?: unknown;
  readonly "list-type"?: string;
  readonly "list-map-keys"?: readonly string[];
  readonly "map-type"?: string;
  readonly "patch-strategy"?: string;
  readonly "patch-merge-key"?: string;
  readonly "group-version-kind"?: unknown;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const { schemas } = JSON.parse(readFileSync(here("./fields.json"), "utf8")) as { schemas: Record<string, Facts> };
const ids = Object.keys(schemas);
const numbers = new Map(ids.map((id, i) => [id, i]));

/** What the runtime's SchemaLine spells out. */
function compact(facts: Facts): object {
  return {
    t: facts.type,
    f: facts.format,
    r: facts.ref === undefined ? undefined : numbers.get(facts.ref),
    i: facts.items && compact(facts.items),
    v: facts.values && compact(facts.values),
    e: facts.enum,
    d: facts.default,
    n: facts.fields && Object.fromEntries(Object.entries(facts.fields).map(([name, field]) => [name, compact(field)])),
    q: facts.required,
    o: facts.oneOf,
    u: facts.unions,
    l: facts["list-type"],
    k: facts["list-map-keys"],
    m: facts["map-type"],
    p: facts["patch-strategy"],
    y: facts["patch-merge-key"],
    g: facts["group-version-kind"],
  };
}

const lines = ids.map((id) => `${id}\t${JSON.stringify(compact(schemas[id] ?? {}))}`);
const literal = JSON.stringify(lines.join("\n"));
writeFileSync(
  here("../src/generated/schema-facts.ts"),
  `// Made by generate/schema-facts.ts from the schema facts of Kubernetes 1.36. Do not edit.\n\nexport const schemaFacts =\n  ${literal};\n`,
);
