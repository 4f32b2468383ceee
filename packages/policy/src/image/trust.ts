import type { TrustedImages } from "@bulkhead/api";
import { type ImageReference, parseRegistry } from "./reference.ts";

/** Whether a pattern covers a repository: `shop/web` itself, `shop/*` everything below at any depth, `*` everything. */
export const repositoryMatches = (pattern: string, repository: string): boolean => {
  if (pattern === "*") return true;
  return pattern.endsWith("/*") ? repository.startsWith(pattern.slice(0, -1)) : repository === pattern;
};

/** Registries compare without regard to case; Docker's has two names. */
export const canonicalRegistry = (text: string): string | undefined => {
  const registry = parseRegistry(text);
  return registry === "index.docker.io" ? "docker.io" : registry;
};

export const trusts = (trusted: TrustedImages, image: ImageReference): boolean =>
  (trusted.registry === "*" || canonicalRegistry(trusted.registry) === image.registry) &&
  trusted.repositories.some((pattern) => repositoryMatches(pattern, image.repository));

/** `REGISTRY/PATH` of a command line (`registry.example/shop/*`, `registry.example/*`, `*`); undefined when it is none. */
export function parseTrust(text: string): TrustedImages | undefined {
  if (text === "*") return { registry: "*", repositories: ["*"] };
  const slash = text.indexOf("/");
  const registry = canonicalRegistry(slash < 0 ? text : text.slice(0, slash));
  const path = slash < 0 ? "*" : text.slice(slash + 1);
  if (registry === undefined || !/^(\*|[a-z0-9._-]+(\/[a-z0-9._-]+)*(\/\*)?)$/.test(path)) return undefined;
  return { registry, repositories: [path] };
}
