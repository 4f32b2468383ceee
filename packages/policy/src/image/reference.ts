import { parseIp } from "../address/ip.ts";

/** An image's name, every part said. */
export interface ImageReference {
  /** `docker.io`, `registry.example:5000`, `[fd00::1]:5000`; lower case. */
  readonly registry: string;
  /** `library/nginx` */
  readonly repository: string;
  /** Undefined when only a digest was given; `latest` when neither was. */
  readonly tag: string | undefined;
  /** `sha256:…` */
  readonly digest: string | undefined;
}

export type ImageReferenceErrorCode =
  | "empty"
  | "too-long"
  | "registry"
  | "repository"
  | "tag"
  | "digest"
  | "characters";

/** A text that names no image. The message says which part is wrong and holds the text in printable form only. */
export class ImageReferenceError extends Error {
  readonly code: ImageReferenceErrorCode;
  constructor(code: ImageReferenceErrorCode, text: string, why: string) {
    super(`${JSON.stringify(text.slice(0, 100))} names no image: ${why}`);
    this.name = "ImageReferenceError";
    this.code = code;
  }
}

const label = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
const segment = /^[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*$/;
const tagGrammar = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const digestLengths: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };

/** `host`, `host:port`, `[ipv6]`, `[ipv6]:port` in lower case, or undefined. */
export function parseRegistry(text: string): string | undefined {
  const match = /^(?<host>\[[^[\]]*\]|[^:[\]]*)(:(?<port>[0-9]{1,5}))?$/.exec(text.toLowerCase())?.groups;
  const host = match?.["host"] ?? "";
  const port = match?.["port"];
  if (match === undefined || (port !== undefined && (Number(port) < 1 || Number(port) > 65535 || port.startsWith("0"))))
    return undefined;
  const isIpv6 = host.startsWith("[") && parseIp(host.slice(1, -1)) !== undefined && host.includes(":");
  const isName = host.length <= 253 && host.split(".").every((part) => part.length <= 63 && label.test(part));
  return isIpv6 || isName ? `${host}${port === undefined ? "" : `:${port}`}` : undefined;
}

/** The first part is a registry when it looks like a host: with a dot or a port, or as `localhost`. */
const looksLikeHost = (part: string): boolean => part.toLowerCase() === "localhost" || /[.:[\]]/.test(part);

function splitName(text: string, name: string): readonly [registry: string, repository: string] {
  const slash = name.indexOf("/");
  const first = slash < 0 ? "" : name.slice(0, slash);
  if (slash < 0 || !looksLikeHost(first)) return ["docker.io", slash < 0 ? `library/${name}` : name];
  const registry = parseRegistry(first);
  if (registry === undefined)
    throw new ImageReferenceError("registry", text, `${JSON.stringify(first)} is no registry`);
  const rest = name.slice(slash + 1);
  if (registry !== "docker.io" && registry !== "index.docker.io") return [registry, rest];
  return ["docker.io", rest.includes("/") ? rest : `library/${rest}`];
}

function checkDigest(text: string, digest: string): void {
  const [algorithm = "", hex = "", ...more] = digest.split(":");
  const length = Object.hasOwn(digestLengths, algorithm) ? digestLengths[algorithm] : undefined;
  if (more.length > 0 || length === undefined || hex.length !== length || !/^[0-9a-f]*$/.test(hex)) {
    throw new ImageReferenceError(
      "digest",
      text,
      "its digest must be sha256, sha384 or sha512 and as many hexadecimal digits",
    );
  }
}

/**
 * Reads an image's name strictly, by the grammar of the distribution specification, filling in what Docker's short
 * names leave out (`nginx` is `docker.io/library/nginx:latest`). Throws ImageReferenceError. Untrusted input.
 */
export function parseImageReference(text: string): ImageReference {
  if (text === "") throw new ImageReferenceError("empty", text, "it is empty");
  if (text.length > 512) throw new ImageReferenceError("too-long", text, "it is longer than 512 characters");
  if (!/^[!-~]+$/.test(text))
    throw new ImageReferenceError("characters", text, "it holds a space, a control character or one beyond ASCII");
  const [named = "", digest, ...more] = text.split("@");
  if (more.length > 0) throw new ImageReferenceError("digest", text, "it has more than one @");
  if (digest !== undefined) checkDigest(text, digest);
  const colon = named.lastIndexOf(":");
  const hasTag = colon > named.lastIndexOf("/");
  const tag = hasTag ? named.slice(colon + 1) : undefined;
  if (tag !== undefined && !tagGrammar.test(tag))
    throw new ImageReferenceError("tag", text, `${JSON.stringify(tag)} is no tag`);
  const [registry, repository] = splitName(text, hasTag ? named.slice(0, colon) : named);
  if (repository.length > 255 || !repository.split("/").every((part) => segment.test(part))) {
    throw new ImageReferenceError("repository", text, `${JSON.stringify(repository)} is no repository`);
  }
  return { registry, repository, tag: tag ?? (digest === undefined ? "latest" : undefined), digest };
}

/** The name in full; `parseImageReference` reads it back as the same. */
export const formatImageReference = ({ registry, repository, tag, digest }: ImageReference): string =>
  `${registry}/${repository}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
