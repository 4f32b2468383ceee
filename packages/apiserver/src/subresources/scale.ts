import {
  invalid,
  type KubeObject,
  notFound,
  parsePatch,
  patchObject,
  patchTypeOf,
  type ScaleStrategy,
  StatusError,
  schemaOf,
  validateScale,
} from "@bulkhead/api";
import { type Answer, jsonAnswer, type KindHandler, type KindRequest } from "../request/api-request.ts";
import { mediaType } from "../request/negotiate.ts";
import { draftOf } from "../resources/object-bytes.ts";
import { keyOf } from "../resources/served-resource.ts";
import { change } from "../resources/update.ts";
import { parseWriteOptions } from "../resources/write-options.ts";
import { checkName, writeContext } from "../resources/write-request.ts";
import { decodeBody } from "./decode-body.ts";

type Scale = KubeObject & {
  spec: { replicas?: number };
  status: { replicas: number; selector?: string };
};

const kind = { group: "autoscaling", version: "v1", kind: "Scale" };

const segments = (path: string): string[] => path.split(".").filter((part) => part !== "");

function read(object: unknown, path: string): number {
  let at: unknown = object;
  for (const part of segments(path)) at = (at as Record<string, unknown> | undefined)?.[part];
  return typeof at === "number" ? at : 0;
}

function write(object: KubeObject, path: string, value: number): void {
  const parts = segments(path);
  let at = object as unknown as Record<string, Record<string, unknown>>;
  for (const part of parts.slice(0, -1)) {
    at[part] ??= {};
    at = at[part] as unknown as Record<string, Record<string, unknown>>;
  }
  (at as Record<string, unknown>)[parts.at(-1) ?? ""] = value;
}

function scaleOf(object: KubeObject, strategy: ScaleStrategy<KubeObject>): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = read(object, strategy.specReplicasPath);
  const selector = strategy.selector(object);
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      uid,
      resourceVersion,
      creationTimestamp,
    },
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: read(object, strategy.statusReplicasPath), ...(selector === "" ? {} : { selector }) },
  };
}

function strategyOf(request: KindRequest): ScaleStrategy<KubeObject> {
  const { scale } = request.kind.resource.row;
  if (scale === undefined)
    throw new StatusError({
      reason: "NotFound",
      message: "the server could not find the requested resource",
      details: {},
    });
  return scale;
}

export const getScale: KindHandler = (request) => {
  const { services, kind: of, namespace, info } = request;
  const stored = services.store.get(keyOf(of.resource, namespace, info.name));
  if (stored === undefined) throw notFound(of.resource.group, of.resource.resource, info.name);
  return jsonAnswer(200, scaleOf(draftOf(services.store, of.resource, stored), strategyOf(request)));
};

function check(scale: Scale, name: string): void {
  const errors = validateScale(scale);
  if (errors.length > 0) throw invalid(kind.group, kind.kind, name, errors);
}

/** Writes the wished number of replicas through the object's own update, as a Scale's writer. */
async function rescale(
  request: KindRequest,
  options: ReturnType<typeof parseWriteOptions>,
  scaleFor: (old: Scale) => Scale,
): Promise<Answer> {
  const strategy = strategyOf(request);
  const context = writeContext(request, options);
  const written = await change(context, (old) => {
    const scale = scaleFor(scaleOf(old, strategy));
    checkName(request, scale);
    check(scale, request.info.name);
    const draft = structuredClone(old);
    const { resourceVersion, uid } = scale.metadata;
    if (resourceVersion === undefined) delete draft.metadata.resourceVersion;
    else draft.metadata.resourceVersion = resourceVersion;
    if (uid !== undefined) draft.metadata.uid = uid;
    write(draft, strategy.specReplicasPath, scale.spec?.replicas ?? 0);
    return { draft, tracked: false };
  });
  return jsonAnswer(200, scaleOf(written.object, strategy));
}

export const updateScale: KindHandler = async (request) => {
  const options = parseWriteOptions(request.info.query, "UpdateOptions");
  const scale = await decodeBody<Scale>(request, kind);
  scale.metadata ??= {};
  return rescale(request, options, () => scale);
};

export const patchScale: KindHandler = async (request) => {
  const type = patchTypeOf(mediaType(request.exchange.headers["content-type"]));
  if (type === undefined || type === "apply")
    throw new StatusError({ reason: "UnsupportedMediaType", message: "415: Unsupported Media Type", details: {} });
  const options = parseWriteOptions(request.info.query, "PatchOptions");
  const bytes = await request.body();
  return rescale(request, options, (old) => {
    const scale = patchObject(
      structuredClone(old),
      parsePatch(bytes, type),
      schemaOf("io.k8s.api.autoscaling.v1.Scale"),
    ) as Scale;
    if (scale.metadata.resourceVersion === old.metadata.resourceVersion) delete scale.metadata.resourceVersion;
    return scale;
  });
};
