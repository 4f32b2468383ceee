import { readFile } from "node:fs/promises";
import { PatchError } from "./patch-error.ts";
import { defaultRepositories, imageKeyring, type PackageRepository } from "./repositories.ts";

const distributions = ["debian", "ubuntu", "alpine"] as const;

const texts = (value: unknown, what: string): string[] => {
  if (!Array.isArray(value) || value.length === 0 || !value.every((one) => typeof one === "string" && one !== ""))
    throw new PatchError("malformed", `${what} is no list of texts`);
  return value as string[];
};

/**
 * Where packages come from: the file's `repositories`, and the distributions' own servers for those that it does not name.
 * Without the file, those alone. Throws PatchError `malformed` with the field.
 */
export async function readPackageRepositories(file: string): Promise<readonly PackageRepository[]> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return defaultRepositories;
    throw error;
  }
  let value: { readonly repositories?: unknown } | null;
  try {
    value = JSON.parse(text) as typeof value;
  } catch (error) {
    throw new PatchError("malformed", `${file} is no JSON`, error);
  }
  if (!Array.isArray(value?.repositories)) throw new PatchError("malformed", `${file}: repositories is no list`);
  const own = (value.repositories as unknown[]).map((item, i): PackageRepository => {
    const at = `${file}: repositories[${i}]`;
    const fields = (typeof item === "object" && item !== null ? item : {}) as Readonly<Record<string, unknown>>;
    const distribution = distributions.find((one) => one === fields["distribution"]);
    if (distribution === undefined)
      throw new PatchError("malformed", `${at}.distribution: one of ${distributions.join(", ")}`);
    const { url, keyring } = fields;
    if (typeof url !== "string" || !/^https?:\/\//.test(url) || !URL.canParse(url))
      throw new PatchError("malformed", `${at}.url is no address`);
    if (typeof keyring !== "string" || (!keyring.startsWith("/") && keyring !== imageKeyring))
      throw new PatchError("malformed", `${at}.keyring is no path of a keyring on this machine, nor "${imageKeyring}"`);
    return {
      distribution,
      url,
      keyring,
      suites: texts(fields["suites"], `${at}.suites`),
      components: texts(fields["components"], `${at}.components`),
      ...(fields["allowExpired"] === true ? { allowExpired: true } : {}),
    };
  });
  const named = new Set(own.map(({ distribution }) => distribution));
  return [...own, ...defaultRepositories.filter(({ distribution }) => !named.has(distribution))];
}
