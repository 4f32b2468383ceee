import { type Kind, kindKeyOf, kinds, type UnreadKind, workloadKinds } from "@bulkhead/analysis";
import type { KubeObject } from "@bulkhead/api";
import type { Manifest } from "../check/manifest.ts";
import type { ManifestProblem } from "../check/parse-documents.ts";
import { readFiles } from "../check/read-files.ts";
import { isNamespaced, withoutNulls } from "../check/well-formed.ts";
import { CommandFailure } from "../exit-codes.ts";
import type { GatheredObjects } from "./gather-cluster.ts";
import { withoutValues } from "./without-values.ts";

export interface GatheredManifests extends GatheredObjects {
  readonly problems: readonly ManifestProblem[];
  /** Where each object stands, by `placeKey`. */
  readonly places: ReadonlyMap<string, Manifest>;
}

/** What ships with an application: of these kinds, a folder holds all that there is. */
const shipped: ReadonlySet<string> = new Set(
  [
    ...workloadKinds,
    kinds.service,
    kinds.configMap,
    kinds.serviceAccount,
    kinds.persistentVolumeClaim,
    kinds.resourceQuota,
    kinds.limitRange,
    kinds.ingress,
    kinds.networkPolicy,
    kinds.podDisruptionBudget,
    kinds.role,
    kinds.roleBinding,
    kinds.exception,
    kinds.updatePolicy,
  ].map(({ key }) => key),
);
const unsaid = "a folder of manifests does not hold it";

/** An object's key in `places`. */
export const placeKey = (object: {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
}): string => `${kindKeyOf(object)} ${object.namespace ?? ""}/${object.name}`;

/** Manifests from files, folders and standard input, as if they were all that a cluster holds, and what they cannot say. */
export async function gatherManifests(
  paths: readonly string[],
  namespace: string,
  input: AsyncIterable<Buffer>,
): Promise<GatheredManifests> {
  const { manifests, problems } = await readFiles(paths, input, "bulkhead posture --from -");
  if (manifests.length === 0 && problems.length === 0)
    throw new CommandFailure(`there is no object in ${paths.join(", ")}`);
  return manifestSnapshot(manifests, problems, namespace);
}

export function manifestSnapshot(
  manifests: readonly Manifest[],
  problems: readonly ManifestProblem[],
  namespace: string,
): GatheredManifests {
  const places = new Map<string, Manifest>();
  const objects: KubeObject[] = [];
  const twice: ManifestProblem[] = [];
  for (const manifest of manifests) {
    const object = withoutValues(placed(withoutNulls(manifest.object), namespace));
    const name = object.metadata.name ?? object.metadata.generateName ?? "";
    const key = placeKey({ ...object, namespace: object.metadata.namespace, name });
    const before = places.get(key);
    if (before !== undefined) {
      const says = `${key} stands in ${before.file}:${before.firstLine} too: which of the two is meant?`;
      twice.push({ file: manifest.file, line: manifest.firstLine, says });
      continue;
    }
    places.set(key, manifest);
    objects.push(object);
  }
  return { objects, unread: unreadOf(objects), problems: [...problems, ...twice], places };
}

const placed = (object: KubeObject, namespace: string): KubeObject => {
  const { name = object.metadata.generateName } = object.metadata;
  const metadata = { ...object.metadata, ...(name === undefined ? {} : { name }) };
  return isNamespaced(object) === true && metadata.namespace === undefined
    ? { ...object, metadata: { ...metadata, namespace } }
    : { ...object, metadata };
};

/** Of these one that is named is known, and one that is not may well be there: few keep Secrets beside manifests. */
const partly: ReadonlySet<string> = new Set([kinds.namespace.key, kinds.secret.key]);

/** Kinds of the cluster itself are known as far as the folder names one. */
function unreadOf(objects: readonly KubeObject[]): UnreadKind[] {
  const there = new Set(objects.map(kindKeyOf));
  return Object.values(kinds as Readonly<Record<string, Kind>>)
    .filter(({ key }) => !shipped.has(key) && (partly.has(key) || !there.has(key)))
    .map(({ key }) => ({ kind: key, why: unsaid }));
}
