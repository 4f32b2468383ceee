import type { Client } from "@bulkhead/client";
import type { AsksFor } from "./access-question.ts";

interface SelfSubjectReview {
  readonly status?: { readonly userInfo?: { readonly username?: string; readonly groups?: readonly string[] } };
}

/** Who the kubeconfig's user is, as the server sees it. Throws StatusError. */
export async function whoAmI(client: Client): Promise<AsksFor> {
  const review = await client.post<SelfSubjectReview>("/apis/authentication.k8s.io/v1/selfsubjectreviews", {
    apiVersion: "authentication.k8s.io/v1",
    kind: "SelfSubjectReview",
  });
  const { username = "", groups = [] } = review.status?.userInfo ?? {};
  return { name: username, groups };
}
