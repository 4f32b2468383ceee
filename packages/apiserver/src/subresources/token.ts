import {
  type BoundObjectReference,
  badRequest,
  conflict,
  defaultTokenRequest,
  forbidden,
  invalid,
  type KubeObject,
  notFound,
  type Pod,
  type TokenRequest,
  validateTokenRequest,
} from "@bulkhead/api";
import { nodeOfUser } from "@bulkhead/policy";
import { type BoundObject, serviceAccountClaims } from "../authentication/token-claims.ts";
import type { TokenKeys } from "../authentication/token-keys.ts";
import { jsonAnswer, type KindHandler, type KindRequest } from "../request/api-request.ts";
import { peek } from "../resources/object-bytes.ts";
import { timestamp } from "../resources/services.ts";
import { decodeBody } from "./decode-body.ts";

const kind = { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" };

/** The object a token is to be bound to, as it is now. */
function bound(
  request: KindRequest,
  ref: BoundObjectReference,
): { readonly resource: "pods" | "secrets" | "nodes"; readonly object: KubeObject } {
  const resource = ({ Pod: "pods", Secret: "secrets", Node: "nodes" } as const)[ref.kind as "Pod" | "Secret" | "Node"];
  if (resource === undefined || ref.apiVersion !== "v1")
    throw invalid(kind.group, kind.kind, request.info.name, [
      {
        reason: "FieldValueNotSupported",
        field: "spec.boundObjectRef.kind",
        message: `Unsupported value: ${JSON.stringify(ref.kind ?? "")}: supported values: "Pod", "Secret", "Node"`,
      },
    ]);
  const { store } = request.services;
  const namespace = resource === "nodes" ? "" : request.namespace;
  const stored = store.get({ group: "", resource, namespace, name: ref.name ?? "" });
  if (stored === undefined) throw notFound("", resource, ref.name ?? "");
  const object = JSON.parse(Buffer.from(store.open(stored)).toString()) as KubeObject;
  if (ref.uid !== undefined && ref.uid !== "" && ref.uid !== object.metadata.uid)
    throw conflict(
      "",
      resource,
      ref.name ?? "",
      `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  return { resource, object };
}

const boundObject = (object: KubeObject): BoundObject => ({
  name: object.metadata.name ?? "",
  uid: object.metadata.uid ?? "",
});

/** A node asks for tokens of the pods it runs, bound to them, and no others (NodeRestriction). */
function checkNode(request: KindRequest, ref: BoundObjectReference | undefined, pod: Pod | undefined): void {
  const node = nodeOfUser(request.user);
  if (node === undefined) return;
  const refuse = (why: string): never => {
    throw forbidden("", "serviceaccounts", request.info.name, why);
  };
  if (ref?.kind !== "Pod") refuse("node requested token not bound to a pod");
  if ((ref?.uid ?? "") === "") refuse("node requested token with a pod binding without a uid");
  if (pod?.spec?.nodeName !== node) refuse(`node requested token bound to a pod scheduled on a different node`);
}

/** serviceaccounts/token: a token for the account, bound to an object if asked, dead when that object is. */
export const tokenHandler =
  (options: {
    readonly keys: TokenKeys;
    readonly issuer: string;
    readonly audiences: readonly string[];
    readonly maxLifetime: number;
  }): KindHandler =>
  async (request) => {
    const { services, namespace, info } = request;
    const stored = services.store.get({ group: "", resource: "serviceaccounts", namespace, name: info.name });
    if (stored === undefined) throw notFound("", "serviceaccounts", info.name);
    const account = peek(stored);
    const review = await decodeBody<TokenRequest & KubeObject>(request, kind);
    defaultTokenRequest(review, options.audiences);
    const errors = validateTokenRequest(review, info.name);
    if (errors.length > 0) throw invalid(kind.group, kind.kind, info.name, errors);
    const spec = review.spec as NonNullable<TokenRequest["spec"]>;
    const ref = spec.boundObjectRef;
    const target = ref ? bound(request, ref) : undefined;
    const pod = target?.resource === "pods" ? (target.object as Pod) : undefined;
    if (pod !== undefined && (pod.spec?.serviceAccountName ?? "default") !== info.name)
      throw badRequest(
        `cannot bind token for serviceaccount ${JSON.stringify(info.name)} to pod running with different serviceaccount name.`,
      );
    checkNode(request, ref, pod);
    const asked = spec.expirationSeconds ?? 0;
    const lifetime = Math.min(asked, options.maxLifetime);
    if (lifetime < asked) request.warn(`requested expiration of ${asked} seconds shortened to ${lifetime} seconds`);
    const audiences = spec.audiences ?? options.audiences;
    const now = services.now();
    const nodeName = pod?.spec?.nodeName ?? "";
    const node =
      nodeName === "" ? undefined : services.store.get({ group: "", resource: "nodes", namespace: "", name: nodeName });
    const claims = serviceAccountClaims({
      namespace,
      account: boundObject(account),
      pod: pod === undefined ? undefined : boundObject(pod),
      secret: target?.resource === "secrets" ? boundObject(target.object) : undefined,
      node:
        target?.resource === "nodes"
          ? boundObject(target.object)
          : node === undefined
            ? undefined
            : boundObject(peek(node)),
      issuer: options.issuer,
      audiences,
      lifetime,
      now,
    });
    request.audit.annotate("authentication.kubernetes.io/issued-credential-id", `JTI=${claims.jti}`);
    return jsonAnswer(201, {
      kind: "TokenRequest",
      apiVersion: review.apiVersion,
      metadata: {
        name: info.name,
        namespace,
        creationTimestamp: timestamp(now),
      },
      spec: { audiences, expirationSeconds: lifetime, boundObjectRef: ref ?? null },
      status: { token: options.keys.sign(claims), expirationTimestamp: timestamp(claims.exp * 1000) },
    });
  };
