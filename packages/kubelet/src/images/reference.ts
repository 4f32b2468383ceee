/** An image reference taken apart as the registries' grammar has it. */
export interface ImageReference {
  /** `docker.io` where none is named. */
  readonly registry: string;
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

const isRegistry = (part: string): boolean => part.includes(".") || part.includes(":") || part === "localhost";

export function parseImage(text: string): ImageReference {
  const [named = "", digest] = text.split("@");
  const slash = named.indexOf("/");
  const first = slash < 0 ? "" : named.slice(0, slash);
  const registry = isRegistry(first) ? first : "docker.io";
  const rest = isRegistry(first) ? named.slice(slash + 1) : named;
  const colon = rest.lastIndexOf(":");
  const tag = colon < 0 ? undefined : rest.slice(colon + 1);
  const path = colon < 0 ? rest : rest.slice(0, colon);
  const repository = registry === "docker.io" && !path.includes("/") ? `library/${path}` : path;
  return { registry, repository, tag, digest };
}

/** What registries call an image that was named so, by what they called it at its pulls; undefined where none did. */
export function digestOf(image: string, repoDigests: readonly string[]): string | undefined {
  const { registry, repository, digest } = parseImage(image);
  if (digest !== undefined) return digest;
  const known = repoDigests.map(parseImage);
  return (known.find((each) => each.registry === registry && each.repository === repository) ?? known[0])?.digest;
}

/** The policy that applies: an unset one means Always for `latest` (or no tag and no digest), else IfNotPresent. */
export function pullPolicy(asked: string | undefined, image: string): "Always" | "IfNotPresent" | "Never" {
  if (asked === "Always" || asked === "IfNotPresent" || asked === "Never") return asked;
  const { tag, digest } = parseImage(image);
  return digest === undefined && (tag === undefined || tag === "latest") ? "Always" : "IfNotPresent";
}
