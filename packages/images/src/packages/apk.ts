import type { Declared, FoundPackage, OwnedFiles } from "./declaration.ts";
import { word } from "./declaration.ts";
import { type FileBody, textOf } from "./file-body.ts";

/** `lib/apk/db/installed`: one letter a field; F: a folder, R: a file in it. */
export function parseApkInstalled(body: FileBody): Declared {
  const packages: FoundPackage[] = [];
  const owned: OwnedFiles[] = [];
  for (const part of textOf(body).split("\n\n")) {
    let name: string | undefined;
    let version: string | undefined;
    let architecture: string | undefined;
    let origin: string | undefined;
    let vendor: string | undefined;
    let folder = "";
    const files: string[] = [];
    for (const line of part.split("\n")) {
      if (line.charCodeAt(1) !== 58) continue;
      const value = line.slice(2);
      switch (line.charAt(0)) {
        case "P":
          name = word(value);
          break;
        case "V":
          version = word(value);
          break;
        case "A":
          architecture = word(value);
          break;
        case "o":
          origin = word(value);
          break;
        case "m":
          vendor = word(value);
          break;
        case "F":
          folder = value;
          break;
        case "R":
          files.push(folder === "" ? value : `${folder}/${value}`);
          break;
      }
    }
    if (name === undefined || version === undefined) continue;
    packages.push({
      ecosystem: "apk",
      name,
      version,
      ...(origin === undefined || origin === name ? {} : { source: { name: origin } }),
      ...(architecture === undefined ? {} : { architecture }),
      ...(vendor === undefined ? {} : { vendor }),
    });
    owned.push({ owner: name, files });
  }
  return { packages, owned };
}
