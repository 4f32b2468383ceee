import { type AccessQuestion, parseServiceAccountUserName, serviceAccountGroups } from "@bulkhead/policy";
import { CommandFailure } from "../exit-codes.ts";
import { resolveResource, type ServedResource } from "./served-resources.ts";

/** What stands on the command line. */
export interface AccessWords {
  readonly verb: string;
  /** `RESOURCE`, `RESOURCE/NAME` or a path. */
  readonly what: string;
  readonly namespace?: string;
  readonly allNamespaces?: boolean;
  readonly subresource?: string;
}

export interface AsksFor {
  readonly name: string;
  readonly groups: readonly string[];
}

/** A user with the groups that the server, or a node's certificate, gives him besides those named. */
export function withImpliedGroups(name: string, groups: readonly string[]): AsksFor {
  const account = parseServiceAccountUserName(name);
  const implied = [
    ...(account === undefined ? [] : serviceAccountGroups(account.namespace)),
    // No node's certificate is without it.
    ...(name.startsWith("system:node:") ? ["system:nodes"] : []),
    name === "system:anonymous" ? "system:unauthenticated" : "system:authenticated",
  ];
  return { name, groups: [...new Set([...groups, ...implied])] };
}

export interface ReadQuestion {
  readonly question: AccessQuestion;
  /** What a person should know of how the words were read. */
  readonly notes: readonly string[];
}

const special = new Set(["impersonate", "bind", "escalate", "use", "approve", "sign", "attest", "*"]);

/** Reads the words as a question. `namespace` is where to ask unless said. Throws CommandFailure. */
export function readAccess(
  words: AccessWords,
  user: AsksFor,
  served: readonly ServedResource[],
  namespace: string,
): ReadQuestion {
  const verb = words.verb.toLowerCase();
  if (!/^([a-z]+|\*)$/.test(verb))
    throw new CommandFailure(`${JSON.stringify(words.verb)} is no verb: get, list, create, …`);
  const nothing = { group: "", resource: "", subresource: "", namespace: "", name: "", path: "" };
  if (words.what.startsWith("/")) {
    if (words.subresource !== undefined) throw new CommandFailure("--subresource does not go with a path");
    return { question: { ...nothing, user, verb, isResource: false, path: words.what }, notes: [] };
  }
  const slash = words.what.indexOf("/");
  const [word, name] = slash === -1 ? [words.what, ""] : [words.what.slice(0, slash), words.what.slice(slash + 1)];
  // A repository's name is a path.
  const isPath = /^repositor(?:y|ies)(?:\.|$)/.test(word);
  if (word === "" || (slash !== -1 && (name === "" || (name.includes("/") && !isPath))))
    throw new CommandFailure(
      `${JSON.stringify(words.what)} is neither RESOURCE nor RESOURCE/NAME; a subresource goes in --subresource`,
    );
  const resource = resolveResource(word, served);
  const subresource = words.subresource ?? "";
  const notes: string[] = [];
  if (subresource === "" && resource.subresources.includes(name))
    notes.push(
      `asked of the ${resource.singular} called ${JSON.stringify(name)}; the subresource is asked with --subresource ${name}`,
    );
  if (subresource !== "" && resource.subresources.length > 0 && !resource.subresources.includes(subresource))
    notes.push(`${resource.name} has no subresource ${subresource}: only ${resource.subresources.join(", ")}`);
  else if (subresource === "" && resource.verbs.length > 0 && !resource.verbs.includes(verb) && !special.has(verb))
    notes.push(`the server does not serve ${verb} for ${resource.name}: only ${resource.verbs.join(", ")}`);
  // A Namespace's own rights are asked in the namespace that it is.
  const own = resource.group === "" && resource.name === "namespaces" ? name : "";
  const inNamespace = resource.namespaced && words.allNamespaces !== true ? (words.namespace ?? namespace) : own;
  if (!resource.namespaced && words.namespace !== undefined)
    notes.push(`${resource.name} are not in namespaces; -n is left out`);
  return {
    question: {
      ...nothing,
      user,
      verb,
      isResource: true,
      group: resource.group,
      resource: resource.name,
      subresource,
      namespace: inNamespace,
      name,
    },
    notes,
  };
}

/** `get pods/web (log) in shop`. */
export function questionText(q: AccessQuestion): string {
  if (!q.isResource) return `${q.verb} ${q.path}`;
  const resource = q.group === "" || q.group === "*" ? q.resource : `${q.resource}.${q.group}`;
  const what = `${resource}${q.subresource === "" ? "" : `/${q.subresource}`}${q.name === "" ? "" : ` ${JSON.stringify(q.name)}`}`;
  return `${q.verb} ${what} ${q.namespace === "" ? "at the cluster scope" : `in ${q.namespace}`}`;
}
