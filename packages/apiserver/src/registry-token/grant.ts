import type { User } from "../authentication/user.ts";
import type { Authorizer } from "../authorization/authorizer.ts";
import { repositoryQuestion, repositoryRef } from "./repository.ts";
import type { Scope } from "./scope.ts";

/** An entry of a registry token's `access` claim. */
export interface RegistryAccess {
  readonly type: "repository" | "registry";
  readonly name: string;
  readonly actions: readonly string[];
}

/** What of the scopes the authorizer allows, action by action. Entries with nothing granted are left out. */
export function grantedAccess(authorizer: Authorizer, user: User, scopes: readonly Scope[]): RegistryAccess[] {
  const may = (verb: string, ref: { namespace: string; name: string }): boolean =>
    authorizer.authorize(repositoryQuestion(user, verb, ref)).decision === "allow";
  return scopes.flatMap((scope): RegistryAccess[] => {
    switch (scope.type) {
      case "repository": {
        const ref = repositoryRef(scope.name);
        const actions = scope.actions.filter((action) => may(action, ref));
        return actions.length === 0 ? [] : [{ type: "repository", name: scope.name, actions }];
      }
      case "catalog":
        return may("list", { namespace: "", name: "" }) ? [{ type: "registry", name: "catalog", actions: ["*"] }] : [];
    }
  });
}

/** Scopes or grants as an audit record shows them: `repository:shop/web:pull,push`. */
export const scopeText = (scopes: readonly (Scope | RegistryAccess)[]): string =>
  scopes
    .map((s) => (s.type === "catalog" ? "registry:catalog:*" : `${s.type}:${s.name}:${s.actions.join(",")}`))
    .join(" ");
