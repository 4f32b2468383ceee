import { X509Certificate } from "node:crypto";
import type { RegistriesOptions } from "./registries.ts";

export type RegistriesFileErrorCode = "syntax" | "shape" | "host" | "mirror" | "authority" | "contradiction" | "size";

/** Why a file of registries cannot be taken. `field` says where, the message what to do. */
export class RegistriesFileError extends Error {
  readonly code: RegistriesFileErrorCode;
  readonly field: string;
  /** The message without the place. */
  readonly why: string;
  constructor(code: RegistriesFileErrorCode, field: string, why: string, cause?: unknown) {
    super(`the file of registries: ${field === "" ? "" : `${field}: `}${why}`, { cause });
    this.name = "RegistriesFileError";
    this.code = code;
    this.field = field;
    this.why = why;
  }
}

/** How one registry is reached. */
export interface RegistrySettings {
  /** `host[:port]`, asked in order before the registry itself. A mirror's own settings stand under its own name. */
  readonly mirrors: readonly string[];
  /** PEM certificates, and nothing else, of authorities that this registry's certificate may lead to. */
  readonly ca: string | undefined;
  readonly plainHttp: boolean;
}

/** Settings by `host[:port]`, as image names begin. */
export type RegistriesFile = ReadonlyMap<string, RegistrySettings>;

export const noRegistries: RegistriesFile = new Map();

const members = ["mirrors", "ca", "plainHttp"];
const most = { bytes: 1 << 20, registries: 256, mirrors: 16, certificates: 64 };
const hostForm = /^(?:\[[0-9a-f:.]{2,45}\]|[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)(?::([1-9]\d{0,4}))?$/;
const hubNames = new Set(["index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"]);

/** What is wrong with the name of a registry or mirror, in one line; undefined: nothing. */
export function registryHostFault(host: string, role: "registry" | "mirror"): string | undefined {
  const port = hostForm.exec(host);
  if (port === null || Number(port[1] ?? 1) > 65_535 || host.includes(".."))
    return "must be HOST or HOST:PORT in lower case, without https:// and without a path";
  if (hubNames.has(host)) return "Docker Hub is written docker.io";
  // As image names are read: a first part with neither dot nor colon is a path at Docker Hub.
  if (role === "registry" && !/[.:]/.test(host) && host !== "localhost")
    return "no image name begins so: it needs a dot or a port";
  return undefined;
}

const block = /-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----/g;

/**
 * The certificates of a PEM text, one after the other, what stands between them left out. Throws RegistriesFileError
 * `authority` at `field`; no message repeats the text.
 */
export function readAuthorities(text: string, field: string): string {
  const bad = (why: string, cause?: unknown): RegistriesFileError =>
    new RegistriesFileError("authority", field, why, cause);
  if (text.includes("PRIVATE KEY"))
    throw bad("holds a private key, which does not belong here: everyone may read this");
  const found = [...text.matchAll(block)].filter(([, kind]) => kind === "CERTIFICATE").map(([pem]) => pem);
  if (found.length === 0) throw bad('holds no certificate in PEM form ("-----BEGIN CERTIFICATE-----")');
  if (found.length > most.certificates) throw bad(`holds more than ${most.certificates} certificates`);
  return found
    .map((pem, i) => {
      try {
        return new X509Certificate(pem).toString();
      } catch (error) {
        throw bad(`its certificate ${i + 1} cannot be read`, error);
      }
    })
    .join("");
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function known(value: Record<string, unknown>, allowed: readonly string[], field: string): void {
  for (const key of Object.keys(value))
    if (!allowed.includes(key))
      throw new RegistriesFileError(
        "shape",
        field === "" ? key : `${field}.${key}`,
        `is not one of ${allowed.join(", ")}`,
      );
}

function mirrorsOf(value: unknown, host: string, field: string): string[] {
  if (!Array.isArray(value)) throw new RegistriesFileError("shape", field, "must be a list");
  if (value.length > most.mirrors) throw new RegistriesFileError("mirror", field, `more than ${most.mirrors}`);
  const seen = new Set<string>();
  (value as unknown[]).forEach((mirror, i) => {
    const at = `${field}[${i}]`;
    if (typeof mirror !== "string") throw new RegistriesFileError("shape", at, "must be a text");
    const fault = registryHostFault(mirror, "mirror");
    if (fault !== undefined) throw new RegistriesFileError("mirror", at, fault);
    if (mirror === host) throw new RegistriesFileError("mirror", at, "a registry is no mirror of itself: leave it out");
    if (seen.has(mirror)) throw new RegistriesFileError("mirror", at, "stands there twice");
    seen.add(mirror);
  });
  return [...seen];
}

function settingsOf(value: unknown, host: string): RegistrySettings {
  const field = `registries[${JSON.stringify(host)}]`;
  const fault = registryHostFault(host, "registry");
  if (fault !== undefined) throw new RegistriesFileError("host", field, fault);
  if (!isObject(value)) throw new RegistriesFileError("shape", field, "must be an object");
  known(value, members, field);
  const { plainHttp = false, ca } = value;
  if (typeof plainHttp !== "boolean")
    throw new RegistriesFileError("shape", `${field}.plainHttp`, "must be true or false");
  if (ca !== undefined && typeof ca !== "string")
    throw new RegistriesFileError("shape", `${field}.ca`, "must be a text of PEM certificates");
  if (plainHttp && ca !== undefined)
    throw new RegistriesFileError(
      "contradiction",
      `${field}.ca`,
      "plain HTTP shows no certificate: leave ca or plainHttp out",
    );
  return {
    mirrors: mirrorsOf(value["mirrors"] ?? [], host, `${field}.mirrors`),
    ca: ca === undefined ? undefined : readAuthorities(ca, `${field}.ca`),
    plainHttp,
  };
}

/**
 * Reads the text (JSON): `{"registries": {"registry.example.com": {"mirrors": […], "ca": "PEM", "plainHttp": false}}}`,
 * each member optional. Throws RegistriesFileError at the first thing that is wrong: half a file is not taken.
 */
export function parseRegistries(text: string): RegistriesFile {
  if (text.length > most.bytes) throw new RegistriesFileError("size", "", `is larger than ${most.bytes} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new RegistriesFileError("syntax", "", "is no JSON", cause);
  }
  if (!isObject(value)) throw new RegistriesFileError("shape", "", "must be an object");
  known(value, ["registries"], "");
  const registries = value["registries"] ?? {};
  if (!isObject(registries)) throw new RegistriesFileError("shape", "registries", "must be an object, by host");
  const entries = Object.entries(registries);
  if (entries.length > most.registries)
    throw new RegistriesFileError("size", "registries", `more than ${most.registries}`);
  return new Map(entries.map(([host, settings]) => [host, settingsOf(settings, host)]));
}

/** The text for a file, hosts in order; `parseRegistries` reads it back. */
export function formatRegistries(file: RegistriesFile): string {
  const registries = Object.fromEntries(
    [...file]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([host, { mirrors, ca, plainHttp }]) => [
        host,
        {
          ...(mirrors.length === 0 ? {} : { mirrors }),
          ...(ca === undefined ? {} : { ca }),
          ...(plainHttp ? { plainHttp } : {}),
        },
      ]),
  );
  return `${JSON.stringify({ registries }, undefined, 2)}\n`;
}

/** The same as the client of registries takes it. */
export function registriesFrom(
  file: RegistriesFile,
): Required<Pick<RegistriesOptions, "authorities" | "plainHttp" | "mirrors">> {
  const all = [...file];
  return {
    authorities: Object.fromEntries(all.flatMap(([host, { ca }]) => (ca === undefined ? [] : [[host, ca]]))),
    plainHttp: all.flatMap(([host, { plainHttp }]) => (plainHttp ? [host] : [])),
    mirrors: Object.fromEntries(all.flatMap(([host, { mirrors }]) => (mirrors.length === 0 ? [] : [[host, mirrors]]))),
  };
}
