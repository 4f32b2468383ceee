import type { IncomingHttpHeaders } from "node:http";
import { badRequest, goQuote } from "@bulkhead/api";
import type { Attributes, Authorizer } from "../authorization/authorizer.ts";
import { refusal } from "../authorization/require.ts";
import { serviceAccountOf, serviceAccountUser, type User, withAuthenticated } from "./user.ts";

const list = (value: string | string[] | undefined): string[] =>
  value === undefined
    ? []
    : (Array.isArray(value) ? value : value.split(",")).map((item) => item.trim()).filter((item) => item !== "");

const first = (value: string | string[] | undefined): string =>
  Array.isArray(value) ? (value[0] ?? "") : (value ?? "");

const extraPrefix = "impersonate-extra-";

interface Wish {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

const wishPrefix = "impersonate-";

/** Nearly no request holds any of these. */
function wishes(headers: IncomingHttpHeaders): boolean {
  for (const name in headers) if (name.startsWith(wishPrefix)) return true;
  return false;
}

function wishOf(headers: IncomingHttpHeaders): Wish | undefined {
  if (!wishes(headers)) return undefined;
  const extra: Record<string, readonly string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith(extraPrefix)) continue;
    let key = name.slice(extraPrefix.length);
    try {
      key = decodeURIComponent(key);
    } catch {
      // Left as it is, as upstream does.
    }
    extra[key] = list(value);
  }
  const wish = {
    name: first(headers["impersonate-user"]),
    uid: first(headers["impersonate-uid"]),
    groups: list(headers["impersonate-group"]),
    extra,
  };
  const asked = wish.name !== "" || wish.uid !== "" || wish.groups.length > 0 || Object.keys(extra).length > 0;
  return asked ? wish : undefined;
}

const goStrings = (values: readonly string[]): string =>
  values.length === 0 ? "[]string(nil)" : `[]string{${values.map(goQuote).join(", ")}}`;

const goExtra = (extra: Wish["extra"]): string => {
  const keys = Object.keys(extra).toSorted();
  if (keys.length === 0) return "map[string][]string(nil)";
  return `map[string][]string{${keys.map((key) => `${goQuote(key)}:${goStrings(extra[key] ?? [])}`).join(", ")}}`;
};

/**
 * The user that the Impersonate headers ask to be, when the requester may be that user in every part; undefined when
 * there are none. `request` is what is to be done as that user: the refusal names it.
 */
export function impersonate(
  authorizer: Authorizer,
  requester: User,
  headers: IncomingHttpHeaders,
  request: Attributes,
): User | undefined {
  const wish = wishOf(headers);
  if (wish === undefined) return undefined;
  if (wish.name === "")
    throw badRequest(
      `requested &user.DefaultInfo{Name:"", UID:${goQuote(wish.uid)}, Groups:${goStrings(wish.groups)}, Extra:${goExtra(wish.extra)}} without impersonating a user name`,
    );
  const account = serviceAccountOf(wish.name);
  const may = (group: string, resource: string, subresource: string, namespace: string, name: string): boolean =>
    authorizer.authorize({
      user: requester,
      verb: "impersonate",
      isResource: true,
      group,
      version: "v1",
      resource,
      subresource,
      namespace,
      name,
      path: "",
    }).decision === "allow";
  const allowed =
    (account === undefined
      ? may("", "users", "", "", wish.name)
      : may("", "serviceaccounts", "", account.namespace, account.name)) &&
    wish.groups.every((group) => may("", "groups", "", "", group)) &&
    (wish.uid === "" || may("authentication.k8s.io", "uids", "", "", wish.uid)) &&
    Object.entries(wish.extra).every(([key, values]) =>
      values.every((value) => may("authentication.k8s.io", "userextras", key, "", value)),
    );
  if (!allowed) throw refusal({ ...request, user: requester, verb: `impersonate-on:user-info:${request.verb}` }, "");
  const user: User = { name: wish.name, uid: wish.uid, groups: wish.groups, extra: wish.extra };
  if (wish.name === "system:anonymous") return { ...user, groups: [...wish.groups, "system:unauthenticated"] };
  if (account === undefined || wish.groups.length > 0) return withAuthenticated(user);
  return withAuthenticated({
    ...serviceAccountUser(account.namespace, account.name, wish.uid, wish.extra),
  });
}
