import type { KubeObject } from "@bulkhead/api";
import type { ListOptions, Resource } from "./types.ts";

const segment = encodeURIComponent;

/** `/apis/apps/v1/namespaces/NS/deployments[/NAME[/SUBRESOURCE]]`; an empty namespace lists all of them. */
export function resourcePath<T extends KubeObject>(
  resource: Resource<T>,
  namespace: string | undefined,
  name?: string,
  subresource?: string,
): string {
  const root =
    resource.group === ""
      ? `/api/${segment(resource.version)}`
      : `/apis/${segment(resource.group)}/${segment(resource.version)}`;
  let path = root;
  if (resource.namespaced && namespace !== undefined && namespace !== "") path += `/namespaces/${segment(namespace)}`;
  path += `/${segment(resource.resource)}`;
  if (name !== undefined) path += `/${segment(name)}`;
  // A subresource may have segments of its own (proxy/path): each is encoded, the slashes stay.
  if (subresource !== undefined && subresource !== "") path += `/${subresource.split("/").map(segment).join("/")}`;
  return path;
}

/** `?a=1&b=2`, leaving out what is undefined; "" when nothing is left. */
export function queryString(parameters: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(parameters)) if (value !== undefined) query.set(key, String(value));
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
}

/** The query parameters of a list or watch. */
export const listParameters = (options: ListOptions): Record<string, string | number | undefined> => ({
  labelSelector: options.labelSelector,
  fieldSelector: options.fieldSelector,
  limit: options.limit,
  continue: options.continue,
  resourceVersion: options.resourceVersion,
});
