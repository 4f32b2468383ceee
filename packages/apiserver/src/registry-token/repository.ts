import type { User } from "../authentication/user.ts";
import type { Attributes } from "../authorization/authorizer.ts";

/** Repositories of the machine's registry as RBAC names them: no object is stored of them. */
export const registryGroup = "registry.security.bulkhead.dev";
export const repositories = "repositories";

/** What may be done to a repository, as RBAC's verbs and distribution's actions alike. */
export type RepositoryAction = "pull" | "push" | "delete";
export const repositoryActions: readonly RepositoryAction[] = ["pull", "push", "delete"];

/** Where a repository stands for RBAC. */
export interface RepositoryRef {
  /** "" for one that lies in no namespace. */
  readonly namespace: string;
  readonly name: string;
}

const component = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const nameForm = new RegExp(`^${component}(?:/${component})*$`);
const labelForm = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** distribution's own limit. */
const maxName = 255;

/** Whether distribution would take it as a repository's name. */
export const isRepositoryName = (text: string): boolean => text.length <= maxName && nameForm.test(text);

/** `shop/web/base` is `web/base` in namespace `shop`; `tool`, and what begins with no namespace's name, lies in none. */
export function repositoryRef(repository: string): RepositoryRef {
  const slash = repository.indexOf("/");
  const namespace = repository.slice(0, Math.max(slash, 0));
  return labelForm.test(namespace)
    ? { namespace, name: repository.slice(slash + 1) }
    : { namespace: "", name: repository };
}

/** The question an authorizer is asked about a repository. */
export const repositoryQuestion = (user: User, verb: string, ref: RepositoryRef): Attributes => ({
  user,
  verb,
  isResource: true,
  group: registryGroup,
  version: "*",
  resource: repositories,
  subresource: "",
  namespace: ref.namespace,
  name: ref.name,
  path: "",
});
