import { type Declared, nothingDeclared, word } from "./declaration.ts";
import type { ElfFile } from "./elf-file.ts";
import { type FileBody, findIn, textOf } from "./file-body.ts";

/** Where a text stands in a program: among its constants, where a linker puts them and says so, else anywhere. */
function placeOf(text: Buffer, body: FileBody, elf: ElfFile): number {
  const constants = elf.section(".rodata");
  const at = constants === undefined ? -1 : findIn(body, text, constants.offset, constants.offset + constants.size);
  return at < 0 ? findIn(body, text) : at;
}

/** The bytes after the first occurrence of a marker, as text. */
function after(marker: string, length: number, body: FileBody, elf: ElfFile): string | undefined {
  const at = placeOf(Buffer.from(marker, "latin1"), body, elf);
  return at < 0 ? undefined : body.read(at + marker.length, length).toString("latin1");
}

const base = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
const folder = (path: string): string => path.slice(0, path.lastIndexOf("/") + 1);

const runtime = (name: string, version: string | undefined, explains: readonly string[]): Declared | undefined =>
  version === undefined ? undefined : { packages: [{ ecosystem: "runtime", name, version }], explains };

/**
 * Node, Python, Ruby and PHP by what their programs say of themselves. Undefined: the program is none of these. Those
 * that a distribution packages count as the distribution's; that is decided where ownership is known.
 */
export function parseRuntime(path: string, body: FileBody, elf: ElfFile): Declared | undefined {
  const name = base(path);
  if (name === "node" || name === "nodejs") {
    const version = /^\d+\.\d+\.\d+/.exec(after("https://nodejs.org/download/release/v", 16, body, elf) ?? "")?.[0];
    return runtime("node", version, [path]);
  }
  const python = /^(?:lib)?python([23]\.\d+)[a-z]?(?:\.so(?:\.[\d.]+)?)?$/.exec(name)?.[1];
  if (python !== undefined) {
    const home = folder(path).replace(/(bin|lib|lib64)\/$/, "");
    return runtime("python", pythonVersion(python, body, elf), [
      path,
      `${home}lib/python${python}/`,
      `${home}lib/libpython`,
    ]);
  }
  const ruby = /^libruby[\d.-]*\.so\.(\d+\.\d+\.\d+)$/.exec(name)?.[1];
  if (ruby !== undefined) {
    const home = folder(path).replace(/lib\/$/, "");
    return runtime("ruby", ruby, [path, `${home}lib/ruby/`, `${home}bin/ruby`]);
  }
  if (/^php(-fpm|-cgi|\d[\d.]*)?$/.test(name))
    return runtime("php", /^\d+\.\d+\.\d+/.exec(after("X-Powered-By: PHP/", 16, body, elf) ?? "")?.[0], [path]);
  return undefined;
}

/** A sound one has a dozen; each costs a search. */
const triesLimit = 500;

/** `3.12.4` with a zero byte behind it; linkers put it at the end of a longer text that ends so (`…/3.12.4`). */
function pythonVersion(minor: string, body: FileBody, elf: ElfFile): string | undefined {
  const marker = Buffer.from(`${minor}.`, "latin1");
  let tries = 0;
  for (let at = placeOf(marker, body, elf); at >= 0 && tries < triesLimit; at = findIn(body, marker, at + 1), tries++) {
    const around = body.read(Math.max(0, at - 1), marker.length + 13).toString("latin1");
    const before = at === 0 ? "" : around.charAt(0);
    const micro = /^(\d{1,2}(?:(?:a|b|rc)\d+)?)\+?\0/.exec(around.slice(before.length + marker.length))?.[1];
    if (micro !== undefined && !/[\d.]/.test(before)) return `${minor}.${micro}`;
  }
  return undefined;
}

/** `release` of a Java home: JAVA_VERSION="17.0.9", IMPLEMENTOR="Eclipse Adoptium". Everything beside it is Java's. */
export function parseJavaRelease(path: string, body: FileBody): Declared {
  const text = textOf(body);
  const field = (name: string): string | undefined => word(new RegExp(`^${name}="?([^"\\n]+)"?$`, "m").exec(text)?.[1]);
  const version = field("JAVA_RUNTIME_VERSION") ?? field("JAVA_VERSION");
  const vendor = field("IMPLEMENTOR");
  if (version === undefined || !/^\d/.test(version)) return nothingDeclared;
  return {
    packages: [{ ecosystem: "runtime", name: "java", version, ...(vendor === undefined ? {} : { vendor }) }],
    explains: [folder(path)],
  };
}
