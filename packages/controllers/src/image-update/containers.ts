import type { KubeObject } from "@bulkhead/api";

interface Container {
  readonly name: string;
  readonly image?: string | undefined;
}

interface Containers {
  readonly containers?: readonly Container[] | undefined;
  readonly initContainers?: readonly Container[] | undefined;
}

/** Containers whose images are followed: init containers, sidecars among them, and the main ones. Names are unique among all. */
export const containersOf = (spec: Containers | undefined): readonly Container[] => [
  ...(spec?.containers ?? []),
  ...(spec?.initContainers ?? []),
];

/** The image of a pod's, or a template's, container. */
export const imageIn = (
  template: { readonly spec?: Containers | undefined } | undefined,
  container: string,
): string | undefined => containersOf(template?.spec).find(({ name }) => name === container)?.image;

/** A pod's spec with another image in one container's place. */
export function withContainerImage<Spec extends Containers>(spec: Spec, container: string, image: string): Spec {
  const changed = (list: readonly Container[]): readonly Container[] =>
    list.map((one) => (one.name === container ? { ...one, image } : one));
  return {
    ...spec,
    ...(spec.containers === undefined ? {} : { containers: changed(spec.containers) }),
    ...(spec.initContainers === undefined ? {} : { initContainers: changed(spec.initContainers) }),
  };
}

type Fields = Readonly<Record<string, unknown>>;
const within = (fields: unknown, key: string): Fields =>
  (typeof fields === "object" && fields !== null ? ((fields as Fields)[key] as Fields | undefined) : undefined) ?? {};

/**
 * What a manager applies of a template so that one container has this image: those of its other containers that it set before
 * are named again, since what a manager no longer applies is taken away.
 */
export function appliedImages(
  live: KubeObject,
  /** From the object to its pods' template. */
  path: readonly string[],
  manager: string,
  container: string,
  image: string,
): Record<string, readonly Container[]> {
  const own = (live.metadata.managedFields ?? []).filter(
    (entry) => entry.manager === manager && entry.operation === "Apply" && (entry.subresource ?? "") === "",
  );
  const template = path.reduce<Fields>(within, live as unknown as Fields);
  const spec = template["spec"] as Containers | undefined;
  const applied: Record<string, readonly Container[]> = {};
  for (const list of ["containers", "initContainers"] as const) {
    const owned = new Set(
      own.flatMap(({ fieldsV1 }) => {
        const fields = [...path, "spec", list].map((key) => `f:${key}`);
        const items = fields.reduce<Fields>(within, (fieldsV1 ?? {}) as Fields);
        return Object.keys(items).filter((key) => "f:image" in within(items, key));
      }),
    );
    const named = (spec?.[list] ?? []).flatMap(({ name, image: is }): Container[] => {
      if (name === container) return [{ name, image }];
      return owned.has(`k:${JSON.stringify({ name })}`) && is !== undefined ? [{ name, image: is }] : [];
    });
    if (named.length > 0) applied[list] = named;
  }
  return applied;
}
