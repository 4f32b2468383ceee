/**
 * Writes src/generated/descriptions.ts: what the official client's generated models say of every type and field,
 * compressed, for OpenAPI documents alone.
 * Run: node packages/api/generate/descriptions.ts
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";

interface Facts {
  readonly fields?: Readonly<Record<string, object>>;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const { schemas } = JSON.parse(readFileSync(here("./fields.json"), "utf8")) as { schemas: Record<string, Facts> };
const models = fileURLToPath(new URL("gen/models/", import.meta.resolve("@kubernetes/client-node")));

/** Schemas whose model is not there: fields that hold them carry their own descriptions. */
const missing: string[] = [];

/** `io.k8s.api.core.v1.Pod` → `V1Pod`, or `CoreV1Event` where two groups share a name. */
function modelOf(id: string): string | undefined {
  const parts = id.split(".");
  const kind = parts.at(-1) ?? "";
  const version = parts.at(-2) ?? "";
  const group = parts.at(-3) ?? "";
  const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
  const names = [`${upper(group)}${upper(version)}${kind}`, `${upper(version)}${kind}`];
  return names.find((name) => existsSync(`${models}${name}.d.ts`));
}

/** Comments are HTML in the models: `&lt;` stands for `<`. */
const plain = (comment: string): string =>
  comment
    .replace(/^\s*\* ?/gm, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&")
    .replaceAll(/\\(['"])/g, "$1")
    .trim();

function describe(id: string, facts: Facts): Record<string, string> | undefined {
  const model = modelOf(id);
  if (model === undefined) {
    missing.push(id);
    return undefined;
  }
  const declared = readFileSync(`${models}${model}.d.ts`, "utf8");
  const code = readFileSync(`${models}${model}.js`, "utf8");
  const out: Record<string, string> = {};
  const own = /\/\*\*\n((?:\* .*\n?|\*\n)*?)\*\/\nexport declare class/.exec(declared);
  if (own !== null) out[""] = plain(own[1] ?? "");
  const bases = new Map([...code.matchAll(/"name": "([^"]+)",\s+"baseName": "([^"]+)"/g)].map((m) => [m[1], m[2]]));
  for (const [, comment, name] of declared.matchAll(
    / {4}\/\*\*\n((?: {4}\*(?!\/).*\n)*?) {4}\*\/\n {4}'([^']+)'\??:/g,
  )) {
    const base = bases.get(name) ?? name ?? "";
    if (facts.fields?.[base] !== undefined) out[base] = plain(comment ?? "");
  }
  return Object.keys(out).length === 0 ? undefined : out;
}

const lines: string[] = [];
let fields = 0;
for (const [id, facts] of Object.entries(schemas)) {
  const described = describe(id, facts);
  if (described === undefined) continue;
  fields += Object.keys(described).length;
  lines.push(`${id}\t${JSON.stringify(described)}`);
}
const text = lines.join("\n");
const packed = brotliCompressSync(text, {
  params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 22 },
}).toString("base64");
writeFileSync(
  here("../src/generated/descriptions.ts"),
  `// Made by generate/descriptions.ts from the official client's generated models. Do not edit.\n\n/** Lines of \`schema id, tab, JSON of field to description\` ("" is the schema itself); brotli, base64. */\nexport const packedDescriptions =\n  "${packed}";\n`,
);
process.stdout.write(
  `${fields} descriptions, ${text.length} characters, ${packed.length} packed; no model: ${missing.join(" ")}\n`,
);
