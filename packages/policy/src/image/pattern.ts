import { LinearRegex } from "@bulkhead/api";
import type { ImageReference } from "./reference.ts";
import { canonicalRegistry, repositoryMatches } from "./trust.ts";

/** Whether `registry.example/shop/*`, `registry.example/shop/web`, `registry.example` or `*` speaks of an image. */
export function imageMatches(pattern: string, image: ImageReference): boolean {
  if (pattern === "*") return true;
  const slash = pattern.indexOf("/");
  const registry = canonicalRegistry(slash < 0 ? pattern : pattern.slice(0, slash));
  if (registry === undefined || registry !== image.registry) return false;
  return repositoryMatches(slash < 0 ? "*" : pattern.slice(slash + 1), image.repository);
}

/** Exactly the text, or with a `*` at the end any text that begins so. */
export const textMatches = (pattern: string, text: string): boolean =>
  pattern.endsWith("*") ? text.startsWith(pattern.slice(0, -1)) : text === pattern;

/** A test of a whole text; undefined: the policy gives neither text nor a readable pattern, so that nothing passes. */
export function wholeText(
  exact: string | undefined,
  pattern: string | undefined,
): ((text: string) => boolean) | undefined {
  if (exact !== undefined) return pattern === undefined ? (text) => text === exact : undefined;
  if (pattern === undefined) return undefined;
  try {
    // Compiled alone first: a pattern that closes our group would mean something else within it.
    new LinearRegex(pattern);
    const regex = new LinearRegex(`^(?:${pattern})$`);
    return (text) => regex.test(text);
  } catch {
    return undefined;
  }
}

const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `10m`, `72h`, `14d` in milliseconds; undefined for anything else. */
export function durationOf(text: string): number | undefined {
  const match = /^([1-9][0-9]{0,4})([mhd])$/.exec(text);
  return match === null ? undefined : Number(match[1]) * (units[match[2] ?? ""] ?? Number.NaN);
}
