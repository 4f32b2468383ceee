import type { KeyToPath, Pod, Volume, VolumeProjection } from "@bulkhead/api";
import { ConfigError } from "../config/config-error.ts";
import { type DownwardFacts, podField, resourceField } from "../config/downward.ts";
import type { ReferencedObjects } from "../config/environment.ts";

/** A file of a volume: its path below the volume, its bytes, its mode as asked for. */
export interface PayloadFile {
  readonly path: string;
  readonly bytes: Buffer;
  readonly mode: number;
}

export interface PayloadFacts extends DownwardFacts {
  readonly objects: ReferencedObjects;
  /** A token of the pod's service account, bound to this pod. */
  readonly token: (audience: string | undefined, seconds: number) => Promise<string>;
}

const defaultMode = 0o644;
const defaultTokenSeconds = 3600;

/** Below the volume, whatever it says: no absolute path, no `..`, no name that the writer uses itself. */
export function checkPath(path: string): string {
  const parts = path.split("/");
  if (path === "" || path.startsWith("/") || parts.some((part) => part === ".." || part === "" || part === ".")) {
    throw new ConfigError("BadPath", `"${path}" is not a path below the volume`);
  }
  if ((parts[0] ?? "").startsWith("..")) throw new ConfigError("BadPath", `"${path}" must not start with ".."`);
  return path;
}

/** The files of a volume that the agent writes; undefined for other kinds of volumes. */
export async function payload(pod: Pod, volume: Volume, facts: PayloadFacts): Promise<PayloadFile[] | undefined> {
  const { configMap, secret, downwardAPI, projected } = volume;
  if (configMap !== undefined) return configMapFiles(configMap, configMap.defaultMode ?? defaultMode, facts);
  if (secret !== undefined) {
    const source = { ...secret, name: secret.secretName };
    return secretFiles(source, secret.defaultMode ?? defaultMode, facts);
  }
  if (downwardAPI !== undefined)
    return downwardFiles(pod, downwardAPI.items, downwardAPI.defaultMode ?? defaultMode, facts);
  if (projected === undefined) return undefined;
  const mode = projected.defaultMode ?? defaultMode;
  const files = new Map<string, PayloadFile>();
  for (const source of projected.sources ?? []) {
    for (const file of await projection(pod, source, mode, facts)) files.set(file.path, file);
  }
  return [...files.values()];
}

async function projection(
  pod: Pod,
  source: VolumeProjection,
  mode: number,
  facts: PayloadFacts,
): Promise<PayloadFile[]> {
  if (source.configMap !== undefined) return configMapFiles(source.configMap, mode, facts);
  if (source.secret !== undefined) return secretFiles(source.secret, mode, facts);
  if (source.downwardAPI !== undefined) return downwardFiles(pod, source.downwardAPI.items, mode, facts);
  const token = source.serviceAccountToken;
  if (token === undefined) throw new ConfigError("Unsupported", "this projected source is not supported");
  const text = await facts.token(token.audience, token.expirationSeconds ?? defaultTokenSeconds);
  // A token is for its owner and, where there is one, the pod's group.
  return [{ path: checkPath(token.path), bytes: Buffer.from(text), mode: tokenMode(pod, mode) }];
}

const tokenMode = (pod: Pod, mode: number): number =>
  pod.spec?.securityContext?.fsGroup === undefined ? mode : mode & 0o640;

interface KeySource {
  readonly name?: string | undefined;
  readonly items?: readonly KeyToPath[] | undefined;
  readonly optional?: boolean | undefined;
}

function keyed(
  kind: string,
  source: KeySource,
  mode: number,
  data: Readonly<Record<string, Buffer>> | undefined,
): PayloadFile[] {
  if (data === undefined) {
    if (source.optional === true) return [];
    throw new ConfigError("MissingObject", `${kind} "${source.name}" not found`);
  }
  if (source.items === undefined || source.items.length === 0) {
    return Object.entries(data).map(([key, bytes]) => ({ path: checkPath(key), bytes, mode }));
  }
  return source.items.flatMap((item) => {
    const bytes = data[item.key];
    if (bytes !== undefined) return [{ path: checkPath(item.path), bytes, mode: item.mode ?? mode }];
    if (source.optional === true) return [];
    throw new ConfigError("MissingKey", `${kind} "${source.name}" has no key "${item.key}"`);
  });
}

const mapValues = (data: Readonly<Record<string, string>> | undefined, encoding: BufferEncoding) =>
  Object.fromEntries(Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, encoding)]));

async function configMapFiles(source: KeySource, mode: number, facts: PayloadFacts): Promise<PayloadFile[]> {
  const object = await facts.objects.configMap(source.name ?? "");
  const data = object && { ...mapValues(object.data, "utf8"), ...mapValues(object.binaryData, "base64") };
  return keyed("configmap", source, mode, data);
}

async function secretFiles(source: KeySource, mode: number, facts: PayloadFacts): Promise<PayloadFile[]> {
  const object = await facts.objects.secret(source.name ?? "");
  return keyed("secret", source, mode, object && mapValues(object.data, "base64"));
}

type DownwardItems = NonNullable<Volume["downwardAPI"]>["items"];

function downwardFiles(pod: Pod, items: DownwardItems, mode: number, facts: PayloadFacts): PayloadFile[] {
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  return (items ?? []).map((item) => {
    const value =
      item.fieldRef === undefined
        ? item.resourceFieldRef === undefined
          ? ""
          : resourceField(containers, { name: "" }, item.resourceFieldRef, facts.allocatable)
        : podField(pod, item.fieldRef.fieldPath, facts);
    return { path: checkPath(item.path), bytes: Buffer.from(value), mode: item.mode ?? mode };
  });
}

/** Whether the agent writes the files of a volume. */
export const isFiles = (volume: Volume): boolean =>
  volume.configMap !== undefined ||
  volume.secret !== undefined ||
  volume.downwardAPI !== undefined ||
  volume.projected !== undefined;
