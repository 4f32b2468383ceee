import type { Pod } from "@bulkhead/api";

/** An image that pods of this node run, or wait to run. */
export interface RunningImage {
  readonly digest: string;
  /** As pods name it, sorted. */
  readonly names: readonly string[];
  readonly namespaces: readonly string[];
}

const digestAtEnd = /@(sha256:[0-9a-f]{64})$/;

/** The digests of a pod's containers that have started, by the names that its spec gives them. */
export function* digestsOf(pod: Pod): Generator<{ readonly name: string; readonly digest: string }> {
  const { spec, status } = pod;
  const named = new Map(
    [...(spec?.initContainers ?? []), ...(spec?.containers ?? []), ...(spec?.ephemeralContainers ?? [])].map((c) => [
      c.name,
      c.image ?? "",
    ]),
  );
  const statuses = [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ];
  for (const { name, imageID } of statuses) {
    const digest = digestAtEnd.exec(imageID)?.[1];
    if (digest !== undefined) yield { name: named.get(name) ?? imageID, digest };
  }
}

const over = (pod: Pod): boolean => pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";

/** What runs here: every digest once. */
export function runningImages(pods: readonly Pod[], nodeName: string): ReadonlyMap<string, RunningImage> {
  const found = new Map<string, { readonly names: Set<string>; readonly namespaces: Set<string> }>();
  for (const pod of pods) {
    if (pod.spec?.nodeName !== nodeName || over(pod)) continue;
    for (const { name, digest } of digestsOf(pod)) {
      const entry = found.get(digest) ?? { names: new Set(), namespaces: new Set() };
      found.set(digest, entry);
      entry.names.add(name);
      entry.namespaces.add(pod.metadata.namespace ?? "");
    }
  }
  return new Map(
    [...found].map(([digest, { names, namespaces }]) => [
      digest,
      { digest, names: [...names].sort(), namespaces: [...namespaces].sort() },
    ]),
  );
}

/** Those that containers wait for come first: they are read before all others. */
export function withAwaited(
  running: ReadonlyMap<string, RunningImage>,
  awaited: readonly RunningImage[],
): ReadonlyMap<string, RunningImage> {
  const all = new Map(awaited.map((image) => [image.digest, image]));
  for (const [digest, image] of running) all.set(digest, image);
  return all;
}
