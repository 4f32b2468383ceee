import type { ObjectReference, Pod } from "@bulkhead/api";
import { type Identity, podIdentity } from "@bulkhead/policy";

/** An image that pods of one namespace run. */
export interface NamespaceImage {
  readonly digest: string;
  /** As a pod names it: the first of its names in the alphabet's order. */
  readonly name: string;
  /** Which workloads run it, sorted. */
  readonly subjects: readonly ObjectReference[];
  /** For whom Exceptions are asked about: a workload that runs it. */
  readonly identity: Identity;
}

const digestAtEnd = /@(sha256:[0-9a-f]{64})$/;
const mostSubjects = 16;

const apiVersions: Readonly<Record<string, string>> = {
  Deployment: "apps/v1",
  ReplicaSet: "apps/v1",
  StatefulSet: "apps/v1",
  DaemonSet: "apps/v1",
  Job: "batch/v1",
  CronJob: "batch/v1",
  Pod: "v1",
};

function* digestsOf({ spec, status }: Pod): Generator<{ readonly name: string; readonly digest: string }> {
  const ran = new Map(
    [
      ...(status?.initContainerStatuses ?? []),
      ...(status?.containerStatuses ?? []),
      ...(status?.ephemeralContainerStatuses ?? []),
    ].map(({ name, imageID }) => [name, imageID]),
  );
  const containers = [
    ...(spec?.initContainers ?? []),
    ...(spec?.containers ?? []),
    ...(spec?.ephemeralContainers ?? []),
  ];
  for (const { name, image = "" } of containers) {
    // What waits for its scan has not run, and is named by its pinned digest.
    const digest = (digestAtEnd.exec(ran.get(name) ?? "") ?? digestAtEnd.exec(image))?.[1];
    if (digest !== undefined) yield { name: image, digest };
  }
}

const over = ({ status }: Pod): boolean => status?.phase === "Succeeded" || status?.phase === "Failed";

/** What makes two pods the same for a report, in a few bytes. */
export const imagesKey = (pod: Pod): string => (over(pod) ? "" : [...digestsOf(pod)].map((d) => d.digest).join(" "));

/** Every digest that pods of a namespace run or wait to run, once, sorted. */
export function namespaceImages(pods: readonly Pod[]): readonly NamespaceImage[] {
  const found = new Map<string, { names: Set<string>; subjects: Map<string, ObjectReference>; identity: Identity }>();
  for (const pod of pods) {
    if (over(pod)) continue;
    const identity = podIdentity(pod);
    const [subject] = identity.subjects;
    for (const { name, digest } of digestsOf(pod)) {
      const entry = found.get(digest) ?? { names: new Set(), subjects: new Map(), identity };
      found.set(digest, entry);
      entry.names.add(name);
      const apiVersion = subject === undefined ? undefined : apiVersions[subject.kind];
      if (subject !== undefined && apiVersion !== undefined)
        entry.subjects.set(`${subject.kind}/${subject.name}`, {
          apiVersion,
          ...subject,
          namespace: identity.namespace,
        });
    }
  }
  return [...found]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([digest, { names, subjects, identity }]) => ({
      digest,
      name: [...names].toSorted()[0] ?? digest,
      subjects: [...subjects]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .slice(0, mostSubjects)
        .map(([, reference]) => reference),
      identity,
    }));
}
