import { isDeepStrictEqual } from "node:util";
import { applies, fixFieldManager as fieldManager, type ObjectApply, type PlannedDocument } from "@bulkhead/analysis";
import type { KubeObject, ObjectName } from "@bulkhead/api";
import { type Client, hasReason, type Resource, resourceOf } from "@bulkhead/client";
import { workloadOwner } from "@bulkhead/policy";
import { CommandFailure } from "../../exit-codes.ts";
import { type ServedResource, servedResources } from "../../why/served-resources.ts";
import { withoutValues } from "../without-values.ts";
import { merged, ownedPart, schemaOfObject } from "./owned-fields.ts";

/** One object that was written, and what it takes to undo it. */
export interface Written {
  readonly resource: Resource;
  readonly name: ObjectName;
  /** As it was on the server right before; absent: it was not there. */
  readonly saved?: KubeObject;
  /** As the server answered; absent: it was deleted. */
  readonly left?: KubeObject;
}

/** Why an object is not changed here, for a person. */
export class NotOurs extends CommandFailure {}

export type Resources = (object: Pick<KubeObject, "apiVersion" | "kind">) => Resource;

/** Which resource an object's kind is, as this server serves it. */
export async function resourcesServed(client: Client): Promise<Resources> {
  const served: readonly ServedResource[] = await servedResources(client);
  return ({ apiVersion, kind }) => {
    const slash = apiVersion.indexOf("/");
    const group = slash < 0 ? "" : apiVersion.slice(0, slash);
    const found = served.find((one) => one.group === group && one.kind === kind);
    if (found === undefined) throw new CommandFailure(`the server serves no ${kind} of ${apiVersion}`);
    const { version, name: resource, namespaced } = found;
    return resourceOf({ group, version, resource, kind, namespaced });
  };
}

const nameOf = ({ metadata }: KubeObject): ObjectName => ({
  namespace: metadata.namespace ?? "",
  name: metadata.name ?? "",
});

/** What the server writes by itself, or what is not ours to compare. */
export function contentOf(object: KubeObject): unknown {
  const { metadata, status: _, ...rest } = object as KubeObject & { readonly status?: unknown };
  const { labels, ownerReferences, finalizers } = metadata;
  const annotations = Object.entries(metadata.annotations ?? {}).filter(
    ([name]) => !name.startsWith("deployment.kubernetes.io/"),
  );
  return { ...rest, metadata: { labels, annotations: Object.fromEntries(annotations), ownerReferences, finalizers } };
}

const withoutServerFields = (object: KubeObject): KubeObject => {
  const { name, namespace, labels, annotations } = object.metadata;
  const { status: _, ...rest } = object as KubeObject & { readonly status?: unknown };
  return {
    ...rest,
    metadata: {
      ...(name === undefined ? {} : { name }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
    },
  };
};

/** Kinds of which the server takes no change of what makes their pods. */
const fixed: ReadonlySet<string> = new Set(["Pod", "Job"]);

/** Why an object is left alone: it has an owner with a source of its own, or cannot be changed at all. */
export function untouchable(object: KubeObject, after: KubeObject | undefined): string | undefined {
  const owner = workloadOwner(object);
  if (owner !== undefined)
    return `${owner} writes it from a source of its own and would write over this: change it there (--from FOLDER --git-patch makes the patch)`;
  if (fixed.has(object.kind) && after !== undefined)
    return `a ${object.kind} that is there cannot be changed: mend what makes it, and make it anew`;
  return undefined;
}

/** Puts one planned change in. Throws NotOurs, or the server's StatusError; then nothing is changed. */
export async function writeObject(client: Client, resources: Resources, document: PlannedDocument): Promise<Written> {
  const { before, after } = document;
  const some = after ?? before;
  if (some === undefined) throw new CommandFailure("a change without an object");
  const resource = resources(some);
  const name = nameOf(some);
  const saved = await client.get(resource, name).catch((error: unknown) => {
    if (hasReason(error, "NotFound")) return undefined;
    throw error;
  });
  if (before === undefined) {
    if (saved !== undefined) throw new NotOurs(`${some.kind} ${some.metadata.name ?? ""} is there by now: look again`);
    const left = await client.create(resource, withoutServerFields(some), { fieldManager });
    return { resource, name, left };
  }
  if (saved === undefined) throw new NotOurs(`${some.kind} ${some.metadata.name ?? ""} is gone by now`);
  const why = untouchable(saved, after);
  if (why !== undefined) throw new NotOurs(why);
  if (!isDeepStrictEqual(contentOf(withoutValues(saved)), contentOf(before)))
    throw new NotOurs(`${some.kind} ${some.metadata.name ?? ""} has changed since it was looked at: look again`);
  if (after === undefined) {
    const { uid, resourceVersion } = saved.metadata;
    const preconditions = {
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    };
    await client.delete(resource, name, { preconditions });
    return { resource, name, saved };
  }
  const [how] = applies([document]);
  return {
    resource,
    name,
    saved,
    left: how === undefined ? saved : await applied(client, { resource, name }, saved, how),
  };
}

async function applied(
  client: Client,
  { resource, name }: Pick<Written, "resource" | "name">,
  saved: KubeObject,
  { apply, patch }: ObjectApply,
): Promise<KubeObject> {
  let left = saved;
  // Removals first: they test what stands there.
  if (patch !== undefined) left = await client.patch(resource, name, "json", patch, { fieldManager });
  if (apply === undefined) return left;
  // What an earlier fix applied is said again: what an apply leaves out, it takes away.
  const own = left.metadata.managedFields?.find((one) => one.manager === fieldManager && one.operation === "Apply");
  const said = own?.fieldsV1 === undefined ? {} : ownedPart(left, own.fieldsV1 as Readonly<Record<string, unknown>>);
  const body = merged(said, apply, schemaOfObject(saved));
  return client.patch(resource, name, "apply", body, { fieldManager, force: true });
}

/** What became of taking a change back. */
export type TakenBack = "taken-back" | "changed-since" | "gone";

/** Undoes what `writeObject` did, unless somebody else has changed the object since. */
export async function takeBack(client: Client, { resource, name, saved, left }: Written): Promise<TakenBack> {
  for (let tries = 0; ; tries++) {
    const now = await client.get(resource, name).catch((error: unknown) => {
      if (hasReason(error, "NotFound")) return undefined;
      throw error;
    });
    try {
      if (left === undefined) {
        if (now !== undefined || saved === undefined) return "changed-since";
        await client.create(resource, withoutServerFields(saved), { fieldManager });
        return "taken-back";
      }
      if (now === undefined) return "gone";
      if (!isDeepStrictEqual(contentOf(now), contentOf(left))) return "changed-since";
      const { uid, resourceVersion } = now.metadata;
      if (saved === undefined) {
        await client.delete(resource, name, {
          preconditions: {
            ...(uid === undefined ? {} : { uid }),
            ...(resourceVersion === undefined ? {} : { resourceVersion }),
          },
        });
        return "taken-back";
      }
      // The former state whole, with whose each field was; refused where somebody wrote meanwhile.
      const metadata = { ...saved.metadata, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
      await client.update(resource, { ...saved, metadata }, { fieldManager });
      return "taken-back";
    } catch (error) {
      // Its status is written all the time.
      if (tries >= 10 || !hasReason(error, "Conflict")) throw error;
    }
  }
}
