import {
  badRequest,
  type FieldError,
  invalid,
  type JsonObject,
  type KubeObject,
  type LocalSubjectAccessReview,
  type SelfSubjectAccessReview,
  type SubjectAccessReview,
  validateLocalSubjectAccessReview,
  validateSelfSubjectAccessReview,
  validateSubjectAccessReview,
} from "@bulkhead/api";
import { rulesFor } from "@bulkhead/policy";
import type { tokenAuthenticator } from "../authentication/token-authenticator.ts";
import type { User } from "../authentication/user.ts";
import type { Attributes } from "../authorization/authorizer.ts";
import type { RbacRules } from "../authorization/rbac-rules.ts";
import { type Answer, type ApiRequest, type Handler, jsonAnswer } from "../request/api-request.ts";
import { decodeBody } from "./decode-body.ts";

interface ResourceAttributes {
  namespace?: string;
  verb?: string;
  group?: string;
  version?: string;
  resource?: string;
  subresource?: string;
  name?: string;
  fieldSelector?: { rawSelector?: string; requirements?: { key: string; operator: string; values?: string[] }[] };
}

interface AccessSpec {
  resourceAttributes?: ResourceAttributes | null;
  nonResourceAttributes?: { path?: string; verb?: string } | null;
  user?: string;
  groups?: string[];
  uid?: string;
  extra?: Record<string, string[]>;
}

type AccessReview = KubeObject & { spec: AccessSpec; status?: JsonObject };

const authorizationGroup = "authorization.k8s.io";
const authenticationGroup = "authentication.k8s.io";

/** Upstream forgets to name the kind here, and clients see it so. */
function refuse(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid(authorizationGroup, "", "", errors);
}

function fieldSelectorOf(resource: ResourceAttributes): string {
  const { rawSelector, requirements } = resource.fieldSelector ?? {};
  if (rawSelector !== undefined) return rawSelector;
  return (requirements ?? [])
    .filter(({ operator, values }) => (operator === "In" || operator === "NotIn") && values?.length === 1)
    .map(({ key, operator, values }) => `${key}${operator === "In" ? "=" : "!="}${values?.[0]}`)
    .join(",");
}

function questionOf(user: User, spec: AccessSpec): Attributes {
  const resource = spec.resourceAttributes;
  const empty = { group: "", version: "", resource: "", subresource: "", namespace: "", name: "", path: "" };
  if (resource)
    return {
      ...empty,
      user,
      isResource: true,
      verb: resource.verb ?? "",
      group: resource.group ?? "",
      version: resource.version ?? "",
      resource: resource.resource ?? "",
      subresource: resource.subresource ?? "",
      namespace: resource.namespace ?? "",
      name: resource.name ?? "",
      fieldSelector: fieldSelectorOf(resource),
    };
  const path = spec.nonResourceAttributes;
  return { ...empty, user, isResource: false, verb: path?.verb ?? "", path: path?.path ?? "" };
}

function reviewed(request: ApiRequest, review: AccessReview, user: User): Answer {
  const { decision, reason } = request.services.authorizer.authorize(questionOf(user, review.spec));
  review.status = {
    allowed: decision === "allow",
    ...(decision === "deny" ? { denied: true } : {}),
    ...(reason === "" ? {} : { reason }),
  };
  return jsonAnswer(201, review);
}

const subjectOf = (spec: AccessSpec): User => ({
  name: spec.user ?? "",
  uid: spec.uid ?? "",
  groups: spec.groups ?? [],
  extra: spec.extra ?? {},
});

const accessKind = (kind: string) => ({ group: authorizationGroup, version: "v1", kind });

export const selfSubjectAccessReview: Handler = async (request) => {
  const review = await decodeBody<AccessReview>(request, accessKind("SelfSubjectAccessReview"));
  refuse(validateSelfSubjectAccessReview(review as unknown as SelfSubjectAccessReview));
  return reviewed(request, review, request.user);
};

export const subjectAccessReview: Handler = async (request) => {
  const review = await decodeBody<AccessReview>(request, accessKind("SubjectAccessReview"));
  refuse(validateSubjectAccessReview(review as unknown as SubjectAccessReview));
  return reviewed(request, review, subjectOf(review.spec));
};

export const localSubjectAccessReview: Handler = async (request) => {
  const review = await decodeBody<AccessReview>(request, accessKind("LocalSubjectAccessReview"));
  review.metadata.namespace ??= request.info.namespace;
  if (review.metadata.namespace !== request.info.namespace)
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  refuse(validateLocalSubjectAccessReview(review as unknown as LocalSubjectAccessReview));
  return reviewed(request, review, subjectOf(review.spec));
};

/** What the user may do in a namespace, as `kubectl auth can-i --list` shows it. */
export const selfSubjectRulesReview =
  (rules: RbacRules): Handler =>
  async (request) => {
    const review = await decodeBody<KubeObject & { spec: { namespace?: string }; status?: object }>(
      request,
      accessKind("SelfSubjectRulesReview"),
    );
    const namespace = review.spec?.namespace ?? "";
    if (namespace === "") throw badRequest("no namespace on request");
    const granted = rulesFor(rules.current, request.user, namespace);
    const master = request.user.groups.includes("system:masters");
    const all = master
      ? [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }, { verbs: ["*"], nonResourceURLs: ["*"] }, ...granted]
      : granted;
    review.metadata ??= {};
    review.status = {
      resourceRules: all
        .filter((rule) => (rule.resources ?? []).length > 0)
        .map(({ verbs, apiGroups, resources, resourceNames }) => ({
          verbs,
          apiGroups,
          resources,
          ...((resourceNames ?? []).length === 0 ? {} : { resourceNames }),
        })),
      nonResourceRules: all
        .filter((rule) => (rule.nonResourceURLs ?? []).length > 0)
        .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
      incomplete: false,
    };
    return jsonAnswer(201, review);
  };

const userInfo = (user: User) => ({
  ...(user.name === "" ? {} : { username: user.name }),
  ...(user.uid === "" ? {} : { uid: user.uid }),
  ...(user.groups.length === 0 ? {} : { groups: user.groups }),
  ...(Object.keys(user.extra).length === 0 ? {} : { extra: user.extra }),
});

export const selfSubjectReview: Handler = async (request) => {
  const review = await decodeBody<KubeObject & { status?: object }>(request, {
    group: authenticationGroup,
    version: "v1",
    kind: "SelfSubjectReview",
  });
  return jsonAnswer(201, {
    kind: "SelfSubjectReview",
    apiVersion: review.apiVersion,
    metadata: { creationTimestamp: new Date(request.services.now()).toISOString().replace(/\.\d+/, "") },
    status: { userInfo: userInfo(request.user) },
  });
};

type TokenReviewer = Pick<ReturnType<typeof tokenAuthenticator>, "review">;

/** Whose token is this? Only tokens of this server are known. */
export const tokenReview =
  (tokens: TokenReviewer, defaultAudiences: readonly string[]): Handler =>
  async (request) => {
    const review = await decodeBody<KubeObject & { spec: { token?: string; audiences?: string[] }; status?: object }>(
      request,
      { group: authenticationGroup, version: "v1", kind: "TokenReview" },
    );
    const token = review.spec?.token ?? "";
    if (token === "") throw badRequest("token is required for TokenReview in authentication");
    const asked = review.spec.audiences ?? [];
    const answer = tokens.review(token, asked.length === 0 ? defaultAudiences : asked, request.services.now());
    review.metadata ??= {};
    review.status =
      answer.outcome === "known"
        ? {
            authenticated: true,
            user: userInfo({ ...answer.user, groups: [...answer.user.groups, "system:authenticated"] }),
            ...(asked.length === 0 ? {} : { audiences: answer.audiences }),
          }
        : { user: {}, ...(answer.outcome === "refused" ? { error: `invalid bearer token: ${answer.why}` } : {}) };
    return jsonAnswer(201, review);
  };
