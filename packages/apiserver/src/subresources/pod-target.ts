import { badRequest, type Container, notFound, type Pod } from "@bulkhead/api";
import type { Store } from "@bulkhead/store";
import { parse } from "../resources/object-bytes.ts";

export function podNamed(store: Store, namespace: string, name: string): Pod {
  const stored = store.get({ group: "", resource: "pods", namespace, name });
  if (stored === undefined) throw notFound("", "pods", name);
  return parse<Pod>(stored);
}

const names = (containers: readonly Pick<Container, "name">[] | undefined): string =>
  (containers ?? []).map(({ name }) => name).join(" ");

/** The container that is meant: the one asked for, or the only one. */
export function containerOf(pod: Pod, asked: string): string {
  const name = pod.metadata.name ?? "";
  const spec = pod.spec;
  const containers = spec?.containers ?? [];
  if (asked === "") {
    if (containers.length === 1) return containers[0]?.name ?? "";
    const init = spec?.initContainers ?? [];
    throw badRequest(
      `a container name must be specified for pod ${name}, choose one of: [${names(containers)}]` +
        (init.length > 0 ? ` or one of the init containers: [${names(init)}]` : ""),
    );
  }
  const all = [...containers, ...(spec?.initContainers ?? []), ...(spec?.ephemeralContainers ?? [])];
  if (!all.some((container) => container.name === asked))
    throw badRequest(`container ${asked} is not valid for pod ${name}`);
  return asked;
}

/** The node a pod runs on, for what needs a running pod. */
export function nodeOf(pod: Pod): string {
  const node = pod.spec?.nodeName ?? "";
  if (node === "") throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
  return node;
}
