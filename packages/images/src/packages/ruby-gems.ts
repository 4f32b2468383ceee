import { type Declared, nothingDeclared, word } from "./declaration.ts";
import { type FileBody, textOf } from "./file-body.ts";

/** `specifications/NAME-VERSION.gemspec`: Ruby code, of which only assignments of plain strings are read. */
export function parseGemspec(path: string, body: FileBody): Declared {
  const text = textOf(body);
  const assigned = (field: string): string | undefined =>
    word(new RegExp(`^\\s*\\w+\\.${field}\\s*=\\s*["']([^"']+)["']`, "m").exec(text)?.[1]);
  const file = /([^/]+)-(\d[^/]*?)\.gemspec$/.exec(path);
  const name = assigned("name") ?? file?.[1];
  const version = assigned("version") ?? file?.[2];
  if (name === undefined || version === undefined) return nothingDeclared;
  const home = path.replace(/specifications\/(default\/)?[^/]+$/, "");
  const folder = (file === null ? `${name}-${version}` : `${file[1]}-${file[2]}`).replace(/\.gemspec$/, "");
  return {
    packages: [
      { ecosystem: "RubyGems", name, version: version.replace(/-(x86|aarch64|arm|java|universal|linux).*$/, "") },
    ],
    explains: [`${home}gems/${folder}/`, `${home}extensions/`],
  };
}
