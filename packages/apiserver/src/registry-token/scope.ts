import { badRequest } from "@bulkhead/api";
import { isRepositoryName, type RepositoryAction, repositoryActions } from "./repository.ts";

/** A part of what a client asks for (distribution's token scope). */
export type Scope =
  | { readonly type: "repository"; readonly name: string; readonly actions: readonly RepositoryAction[] }
  /** The list of all repositories. */
  | { readonly type: "catalog" };

/** A push that mounts layers asks for two or three. */
const maxScopes = 32;
const maxText = 16 * 1024;

/**
 * Reads `TYPE:NAME:ACTION[,ACTION]`, several in one parameter parted by spaces, or in several parameters. What cannot be
 * granted (another type, a name that no repository can have, an unknown action) is left out: distribution grants less
 * than was asked for and refuses nothing. Throws 400 past the bounds alone.
 */
export function parseScopes(parameters: readonly string[]): Scope[] {
  const texts = parameters.flatMap((parameter) => {
    if (parameter.length > maxText) throw badRequest(`scope: longer than ${maxText} characters`);
    return parameter.split(" ").filter((text) => text !== "");
  });
  if (texts.length > maxScopes) throw badRequest(`scope: more than ${maxScopes} in one request`);
  const asked = new Map<string, Set<RepositoryAction>>();
  let catalog = false;
  for (const text of texts) {
    const [first, last] = [text.indexOf(":"), text.lastIndexOf(":")];
    if (first === last) continue;
    const [type, name, actions] = [text.slice(0, first), text.slice(first + 1, last), text.slice(last + 1)];
    if (type === "registry" && name === "catalog" && actions === "*") catalog = true;
    if (type !== "repository" || !isRepositoryName(name)) continue;
    const wanted = new Set(actions.split(","));
    const known = asked.get(name) ?? new Set();
    for (const action of repositoryActions) if (wanted.has(action) || wanted.has("*")) known.add(action);
    asked.set(name, known);
  }
  const scopes: Scope[] = [...asked].map(([name, actions]) => ({ type: "repository", name, actions: [...actions] }));
  return catalog ? [...scopes, { type: "catalog" }] : scopes;
}
