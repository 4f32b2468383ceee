import { groupViews } from "../discovery/discovery.ts";
import {
  createHandler,
  deleteCollectionHandler,
  deleteHandler,
  getHandler,
  listHandler,
  patchHandler,
  updateHandler,
  watchHandler,
} from "../resources/kind-handlers.ts";
import type { RegisteredKind } from "../resources/registry.ts";
import { getScale, patchScale, updateScale } from "../subresources/scale.ts";
import type { Answer, ApiRequest, Handler, KindHandler, KindRequest } from "./api-request.ts";
import { deprecationOf } from "./deprecations.ts";
import { methodNotAllowed, noSuchPath, noSuchResource } from "./errors.ts";
import type { RequestInfo } from "./request-info.ts";

/** What handles requests beyond a kind's own verbs. */
export interface Dispatch {
  /** Paths that name no resource; undefined: not known here. */
  readonly paths: (request: ApiRequest) => Promise<Answer | undefined>;
  /** Kinds that are asked and never stored, by `GROUP/VERSION/RESOURCE`. */
  readonly virtual: ReadonlyMap<string, Handler>;
  /** Subresources with a handler of their own, by `GROUP/RESOURCE/SUBRESOURCE`, then by verb. */
  readonly subresources: ReadonlyMap<string, Readonly<Partial<Record<string, KindHandler>>>>;
}

const verbs: Readonly<Record<string, KindHandler>> = {
  get: getHandler,
  list: listHandler,
  watch: watchHandler,
  create: createHandler,
  update: updateHandler,
  patch: patchHandler,
  delete: deleteHandler,
  deletecollection: deleteCollectionHandler,
};

/** Verbs of a subresource that is a part of the object (status, resize, …). */
const partVerbs: Readonly<Record<string, KindHandler>> = {
  get: getHandler,
  update: updateHandler,
  patch: patchHandler,
};

const scaleVerbs: Readonly<Record<string, KindHandler>> = { get: getScale, update: updateScale, patch: patchScale };

/** Verbs that only make sense without a name, or only with one. */
const onCollections = new Set(["list", "create", "deletecollection"]);

/** Finds who answers a request that was let in. */
export function createDispatch(dispatch: Dispatch): Handler {
  return (request) => {
    const { info } = request;
    if (!info.isResource) return handlePath(dispatch, request);
    const kind = request.services.registry.find(info.group, info.version, info.resource);
    if (kind !== undefined) return handleKind(dispatch, request, kind);
    const virtual = dispatch.virtual.get(`${info.group}/${info.version}/${info.resource}`);
    if (virtual !== undefined) {
      if (info.verb !== "create" || info.subresource !== "") throw methodNotAllowed();
      return virtual(request);
    }
    throw isServedVersion(request, info) ? noSuchResource() : noSuchPath();
  };
}

async function handlePath(dispatch: Dispatch, request: ApiRequest): Promise<Answer> {
  const answer = await dispatch.paths(request);
  if (answer === undefined) throw noSuchPath();
  return answer;
}

const isServedVersion = (request: ApiRequest, info: RequestInfo): boolean =>
  groupViews(request.services.registry).some(
    ({ group, versions }) => group === info.group && versions.some(({ version }) => version === info.version),
  );

function handleKind(dispatch: Dispatch, request: ApiRequest, kind: RegisteredKind): Answer | Promise<Answer> {
  const { info } = request;
  const { resource } = kind;
  // The scope comes from the definition, never from the URL (CVE-2019-11247).
  const ownNamespace = resource.group === "" && resource.resource === "namespaces";
  if (!resource.namespaced && info.namespace !== "" && !ownNamespace) throw noSuchResource();
  const handler = handlerOf(dispatch, info, kind);
  const named = info.subresource !== "" || !onCollections.has(info.verb);
  if (handler === undefined) throw methodNotAllowed();
  if (resource.namespaced && info.namespace === "" && info.verb !== "list" && info.verb !== "watch")
    throw named && info.name !== "" ? noSuchResource() : methodNotAllowed();
  const deprecation = deprecationOf(info);
  if (deprecation !== undefined) request.warn(deprecation);
  const full: KindRequest = { ...request, kind, namespace: resource.namespaced ? info.namespace : "" };
  return handler(full);
}

function handlerOf(dispatch: Dispatch, info: RequestInfo, kind: RegisteredKind): KindHandler | undefined {
  const { row, group, resource } = kind.resource;
  if (info.rest.length > 0 && info.subresource !== "proxy") throw noSuchResource();
  if (info.subresource !== "") {
    const own = dispatch.subresources.get(`${group}/${resource}/${info.subresource}`);
    if (own !== undefined) return own[info.verb];
    if (info.subresource === "scale" && row.scale !== undefined) return scaleVerbs[info.verb];
    if (row.subresources[info.subresource] === undefined) throw noSuchResource();
    return partVerbs[info.verb];
  }
  if (info.verb === "create" && info.name !== "") return undefined;
  if ((info.verb === "update" || info.verb === "patch") && info.name === "") return undefined;
  return row.verbs.includes(info.verb) ? verbs[info.verb] : undefined;
}
