import type { Exception } from "@bulkhead/api";
import { parseTime } from "../exception/exceptions.ts";
import type { ImageRule } from "./breach.ts";
import { type ImageReference, ImageReferenceError, parseImageReference } from "./reference.ts";

/**
 * An exception's value is an image: without tag and digest every version of it, with a digest only that. A tag narrows
 * by its text: whoever may push to the repository decides what it means, here as everywhere.
 */
function coversImage(value: string, image: ImageReference): boolean {
  try {
    const named = parseImageReference(value);
    if (named.registry !== image.registry || named.repository !== image.repository) return false;
    if (named.digest !== undefined) return named.digest === image.digest;
    const bare = !/:[^/]*$/.test(value);
    return bare || named.tag === image.tag;
  } catch (error) {
    if (error instanceof ImageReferenceError) return false;
    throw error;
  }
}

/**
 * The exception that lifts a rule, if there is one. Its value names what the rule found (`names`: an identifier or one of its
 * aliases) or, where the rule is about the image whole, the image; without a value it lifts the rule for whatever.
 */
export const liftingException = (
  exceptions: readonly Exception[],
  rule: ImageRule,
  image: ImageReference,
  names: readonly string[] | undefined,
): Exception | undefined =>
  exceptions.find(({ spec: { rule: lifted, value } }) => {
    if (lifted !== rule) return false;
    if (value === undefined) return true;
    return names === undefined ? coversImage(value, image) : names.includes(value);
  });

/** The longest that a glass stays broken. */
export const glassLasts = 24 * 3_600_000;
/** The writer's clock and the server's may differ. */
const slack = 5 * 60_000;

/** An exception that lets an image run whatever the rules say: of a day at most, counted from when the server took it. */
export const usableGlass = (exceptions: readonly Exception[], image: ImageReference): Exception | undefined =>
  exceptions.find(({ metadata, spec: { rule, value, expires } }) => {
    if (rule !== "break-glass" || (value !== undefined && !coversImage(value, image))) return false;
    return parseTime(expires) - parseTime(metadata.creationTimestamp ?? undefined) <= glassLasts + slack;
  });
