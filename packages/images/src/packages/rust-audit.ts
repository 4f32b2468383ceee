import { inflateSync } from "node:zlib";
import type { Declared, FoundPackage } from "./declaration.ts";
import { word } from "./declaration.ts";
import type { ElfFile } from "./elf-file.ts";
import type { FileBody } from "./file-body.ts";
import { PackageError } from "./package-error.ts";

const limit = 8 << 20;

/** Crates of a program built with cargo-auditable: its `.dep-v0` section, JSON under zlib. Undefined without one. */
export function parseRustAudit(path: string, body: FileBody, elf: ElfFile): Declared | undefined {
  const section = elf.section(".dep-v0");
  if (section === undefined) return undefined;
  if (section.size > limit) throw new PackageError("limit", `Rust dependency list: ${section.size} bytes`);
  let listed: unknown;
  try {
    listed = JSON.parse(
      inflateSync(body.read(section.offset, section.size), { maxOutputLength: limit }).toString("utf8"),
    );
  } catch (error) {
    throw new PackageError("malformed", "Rust dependency list: not JSON under zlib", error);
  }
  const all = typeof listed === "object" && listed !== null && "packages" in listed ? listed.packages : undefined;
  if (!Array.isArray(all)) throw new PackageError("malformed", "Rust dependency list: it lists no packages");
  const packages: FoundPackage[] = [];
  for (const item of all as unknown[]) {
    if (typeof item !== "object" || item === null) continue;
    const { name, version, kind, source } = item as Record<string, unknown>;
    // What only built the program is not in it; a local crate is the program itself.
    if (kind === "build" || source === "local" || typeof name !== "string" || typeof version !== "string") continue;
    const known = { name: word(name), version: word(version) };
    if (known.name !== undefined && known.version !== undefined)
      packages.push({ ecosystem: "crates.io", name: known.name, version: known.version });
  }
  return { packages, explains: [path] };
}
