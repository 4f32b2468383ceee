import { registryGroup, repositories } from "../registry-token/repository.ts";

/** A kind that is asked and answered but never stored. */
export interface VirtualKind {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

const review = (group: string, resource: string, kind: string, namespaced = false): VirtualKind => ({
  group,
  version: "v1",
  resource,
  singular: kind.toLowerCase(),
  kind,
  namespaced,
  verbs: ["create"],
});

export const virtualKinds: readonly VirtualKind[] = [
  review("", "bindings", "Binding", true),
  review("authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview"),
  review("authentication.k8s.io", "tokenreviews", "TokenReview"),
  review("authorization.k8s.io", "localsubjectaccessreviews", "LocalSubjectAccessReview", true),
  review("authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview"),
  review("authorization.k8s.io", "selfsubjectrulesreviews", "SelfSubjectRulesReview"),
  review("authorization.k8s.io", "subjectaccessreviews", "SubjectAccessReview"),
  // Not served: named, so that rights on it can be asked for. No `list` and `delete`, which collectors would take up.
  {
    group: registryGroup,
    version: "v1alpha1",
    resource: repositories,
    singular: "repository",
    kind: "Repository",
    namespaced: true,
    verbs: ["pull", "push"],
  },
];
