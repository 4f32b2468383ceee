import type { KubeObject, ObjectName } from "@bulkhead/api";

/** Objects by namespace and name. */
export interface ObjectCache<T extends KubeObject> {
  get(name: ObjectName): T | undefined;
  list(namespace?: string): readonly T[];
  /** Answers what was there before. */
  put(object: T): T | undefined;
  /** Answers what was removed, if anything. */
  remove(object: T): T | undefined;
}

/** An index by namespace, since most controllers look at one namespace at a time. */
export function createObjectCache<T extends KubeObject>(): ObjectCache<T> {
  const namespaces = new Map<string, Map<string, T>>();
  return {
    get: ({ namespace, name }) => namespaces.get(namespace)?.get(name),
    list(namespace) {
      if (namespace !== undefined) return [...(namespaces.get(namespace)?.values() ?? [])];
      const all: T[] = [];
      for (const objects of namespaces.values()) for (const object of objects.values()) all.push(object);
      return all;
    },
    put(object) {
      const { namespace = "", name = "" } = object.metadata;
      let objects = namespaces.get(namespace);
      if (objects === undefined) namespaces.set(namespace, (objects = new Map()));
      const previous = objects.get(name);
      objects.set(name, object);
      return previous;
    },
    remove(object) {
      const { namespace = "", name = "" } = object.metadata;
      const objects = namespaces.get(namespace);
      const previous = objects?.get(name);
      if (objects === undefined || previous === undefined) return undefined;
      objects.delete(name);
      if (objects.size === 0) namespaces.delete(namespace);
      return previous;
    },
  };
}
