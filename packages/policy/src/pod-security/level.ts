import type { FieldError, Labels } from "@bulkhead/api";
import { goQuote } from "@bulkhead/api";

export type PodSecurityLevel = "privileged" | "baseline" | "restricted";
export type PodSecurityMode = "enforce" | "audit" | "warn";

export const podSecurityLevels: readonly PodSecurityLevel[] = ["privileged", "baseline", "restricted"];
export const podSecurityModes: readonly PodSecurityMode[] = ["enforce", "audit", "warn"];

/** The standards of Kubernetes 1.36; a later pinned version means these too. */
export const latestMinor = 36;

/** A standard, and the minor version it is pinned to (`undefined`: latest). */
export interface LevelVersion {
  readonly level: PodSecurityLevel;
  readonly minor: number | undefined;
}

/** `restricted:latest`, `baseline:v1.25`. */
export const formatLevelVersion = ({ level, minor }: LevelVersion): string =>
  `${level}:${minor === undefined ? "latest" : `v1.${minor}`}`;

/** What a namespace's labels ask for. */
export interface PodSecurityPolicy extends Readonly<Record<PodSecurityMode, LevelVersion>> {}

const prefix = "pod-security.kubernetes.io/";
export const levelLabel = (mode: PodSecurityMode): string => `${prefix}${mode}`;
export const versionLabel = (mode: PodSecurityMode): string => `${prefix}${mode}-version`;

const parseLevel = (text: string): PodSecurityLevel | undefined => podSecurityLevels.find((level) => level === text);

/** False when it is no version; undefined for `latest`. */
function parseVersion(text: string): number | undefined | false {
  if (text === "latest") return undefined;
  const minor = /^v1\.([0-9]|[1-9][0-9]*)$/.exec(text)?.[1];
  return minor === undefined ? false : Number(minor);
}

const own = (labels: Labels, key: string): string | undefined => (Object.hasOwn(labels, key) ? labels[key] : undefined);

/**
 * Reads the labels as upstream does: a senseless enforce level means restricted, a senseless audit or warn level
 * privileged, a senseless version latest; warn follows enforce where it is not set itself.
 */
export function podSecurityPolicy(labels: Labels | undefined, defaults: PodSecurityLevel): PodSecurityPolicy {
  const read = (mode: PodSecurityMode, unreadable: PodSecurityLevel): LevelVersion => {
    const level = own(labels ?? {}, levelLabel(mode));
    const minor = parseVersion(own(labels ?? {}, versionLabel(mode)) ?? "latest");
    return {
      level: level === undefined ? defaults : (parseLevel(level) ?? unreadable),
      minor: minor === false ? undefined : minor,
    };
  };
  const enforce = read("enforce", "restricted");
  const explicit = read("warn", "privileged");
  const follows =
    own(labels ?? {}, levelLabel("warn")) === undefined &&
    podSecurityLevels.indexOf(enforce.level) > podSecurityLevels.indexOf(explicit.level);
  const pinned = own(labels ?? {}, versionLabel("warn")) !== undefined;
  return {
    enforce,
    audit: read("audit", "privileged"),
    warn: follows ? { level: enforce.level, minor: pinned ? explicit.minor : enforce.minor } : explicit,
  };
}

/** What is wrong with a namespace's pod-security labels, in upstream's words. */
export function podSecurityLabelErrors(labels: Labels | undefined): FieldError[] {
  const errors: FieldError[] = [];
  const wrong = (label: string, value: string, must: string): void => {
    const message = `Invalid value: ${goQuote(value)}: ${must}`;
    errors.push({ reason: "FieldValueInvalid", field: `metadata.labels[${label}]`, message });
  };
  for (const mode of podSecurityModes) {
    const level = own(labels ?? {}, levelLabel(mode));
    if (level !== undefined && parseLevel(level) === undefined) {
      wrong(levelLabel(mode), level, `must be one of ${podSecurityLevels.join(", ")}`);
    }
    const version = own(labels ?? {}, versionLabel(mode));
    if (version !== undefined && parseVersion(version) === false) {
      wrong(versionLabel(mode), version, 'must be "latest" or "v1.x"');
    }
  }
  return errors;
}
