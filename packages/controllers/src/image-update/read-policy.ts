import {
  labelSelectorAsSelector,
  type Selector,
  type UpdatePolicy,
  type UpdateWindow,
  updateApprovedAnnotation,
  updateCheckAnnotation,
  updateRetryAnnotation,
} from "@bulkhead/api";
import { type ImageReference, milliseconds, openness, parseTime, parseTrust, trusts } from "@bulkhead/policy";
import { type TagOrder, tagOrder } from "./tag-order.ts";

/** An UpdatePolicy with its defaults filled in; durations in milliseconds. */
export interface ReadPolicy {
  readonly name: string;
  /** Undefined: all. */
  readonly kinds: ReadonlySet<string> | undefined;
  readonly selector: Selector;
  follows(image: ImageReference): boolean;
  /** Undefined: one tag's digest is followed. */
  readonly order: TagOrder | undefined;
  readonly digestOf: string | undefined;
  readonly windows: readonly UpdateWindow[] | undefined;
  readonly cooldown: number;
  readonly soak: number;
  readonly approval: "Automatic" | "Required";
  readonly paused: boolean;
  readonly unknown: "Wait" | "Allow";
  readonly patching: "Never" | "WhenNoTag";
  readonly approved: ReadonlySet<string>;
  /** Digest → the last moment for which what went bad is forgotten. */
  readonly retried: ReadonlyMap<string, number>;
  /** Registries are to be asked anew where they were not asked for this word. */
  readonly check: string | undefined;
}

/** The word by which somebody asked for a look, bounded. */
export const checkOf = ({ metadata }: UpdatePolicy): string | undefined =>
  metadata.annotations?.[updateCheckAnnotation]?.slice(0, 64);

const [minute, hour] = [60_000, 3_600_000];

/** `DIGEST=TIME` words. */
function marks(text: string | undefined): Map<string, number> {
  const found = new Map<string, number>();
  for (const word of (text ?? "").split(/\s+/)) {
    const [digest = "", time = ""] = word.split("=");
    const at = parseTime(time);
    if (/^sha(256|384|512):[0-9a-f]+$/.test(digest) && !Number.isNaN(at))
      found.set(digest, Math.max(at, found.get(digest) ?? 0));
  }
  return found;
}

const problem = (says: string) => ({ problem: says }) as const;

/** Pure. A policy that cannot be read updates nothing, and says why. */
export function readPolicy(policy: UpdatePolicy): ReadPolicy | { readonly problem: string } {
  const { spec, metadata } = policy;
  const { semver, prefix, digestOf } = spec.tags;
  const rules = [semver, prefix, digestOf].filter((rule) => rule !== undefined);
  if (rules.length !== 1) return problem("spec.tags: exactly one of semver, prefix and digestOf says what is followed");
  const patterns = spec.images?.map((text) => parseTrust(text));
  if (patterns?.some((pattern) => pattern === undefined) === true)
    return problem("spec.images: REGISTRY/PATH, REGISTRY/PATH/*, REGISTRY or *");
  let order: TagOrder | undefined;
  try {
    order = tagOrder(spec.tags);
  } catch {
    return problem(`spec.tags.semver: ${JSON.stringify(semver)} is no range`);
  }
  try {
    openness(spec.windows, 0);
  } catch {
    return problem("spec.windows: a time zone that is not known");
  }
  let selector: Selector;
  try {
    selector = labelSelectorAsSelector(spec.selector ?? {});
  } catch {
    return problem("spec.selector cannot be read");
  }
  const annotations = metadata.annotations ?? {};
  return {
    name: metadata.name ?? "",
    kinds: spec.kinds === undefined ? undefined : new Set(spec.kinds),
    selector,
    follows: (image) => patterns?.some((pattern) => pattern !== undefined && trusts(pattern, image)) ?? true,
    order,
    digestOf,
    windows: spec.windows,
    cooldown: milliseconds(spec.cooldown, 72 * hour),
    soak: milliseconds(spec.soak, 10 * minute),
    approval: spec.approval ?? "Automatic",
    paused: spec.paused === true,
    unknown: spec.unknown ?? "Wait",
    patching: spec.patching ?? "Never",
    approved: new Set(marks(annotations[updateApprovedAnnotation]).keys()),
    retried: marks(annotations[updateRetryAnnotation]),
    check: checkOf(policy),
  };
}
