import type { ImageTrustPolicy, Namespace } from "@bulkhead/api";
import {
  type CompiledImagePolicy,
  type ImageReference,
  ImageReferenceError,
  parseImageReference,
} from "@bulkhead/policy";
import { workloadsIn } from "../posture/workload.ts";
import { kinds } from "../snapshot/kinds.ts";
import type { View } from "../snapshot/view.ts";
import { systemNamespaces } from "./policy-rules.ts";
import { imageRules } from "./workloads.ts";

const nameLabel = "kubernetes.io/metadata.name";

const speaks = ({ namespaces }: CompiledImagePolicy, { metadata }: Namespace): boolean =>
  !namespaces.readable || namespaces.matches({ ...metadata.labels, [nameLabel]: metadata.name ?? "" });

/** The policies that speak for a namespace, whatever their mode. */
export const policiesFor = (view: View, namespace: Namespace): readonly CompiledImagePolicy[] =>
  view.derive(imageRules).policies.filter((policy) => speaks(policy, namespace));

/** The namespaces that a policy speaks for; those of the cluster itself left out. */
export function namespacesOf(view: View, policy: ImageTrustPolicy): readonly Namespace[] {
  const compiled = view.derive(imageRules).policies.find(({ ref }) => ref.name === policy.metadata.name);
  return compiled === undefined
    ? []
    : view
        .list(kinds.namespace)
        .filter((namespace) => !systemNamespaces.has(namespace.metadata.name ?? "") && speaks(compiled, namespace));
}

/** Whether some enforcing policy that speaks for a namespace does something. */
export const enforcedIn = (view: View, namespace: Namespace, does: (policy: ImageTrustPolicy) => boolean): boolean =>
  policiesFor(view, namespace).some(({ mode, policy }) => mode === "Enforce" && does(policy));

function referenceOf(text: string): ImageReference | undefined {
  try {
    return parseImageReference(text);
  } catch (error) {
    if (error instanceof ImageReferenceError) return undefined;
    throw error;
  }
}

/** The images that workloads of these namespaces name, as they can be read. */
export const imagesIn = (view: View, namespaces: readonly Namespace[]): readonly ImageReference[] =>
  namespaces.flatMap(({ metadata }) =>
    workloadsIn(view, metadata.name ?? "").flatMap(({ containers }) =>
      containers.flatMap(({ container }) => referenceOf(container.image ?? "") ?? []),
    ),
  );

/** The registries of images, each with all its repositories, as a policy would allow them. */
export const allowOf = (images: readonly ImageReference[]): ImageTrustPolicy["spec"]["allow"] =>
  [...new Set(images.map(({ registry }) => registry))]
    .toSorted()
    .map((registry) => ({ registry, repositories: ["*"] }));
