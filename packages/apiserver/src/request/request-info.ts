/** What a path and a method ask for, as upstream's RequestInfo names it. */
export interface RequestInfo {
  readonly isResource: boolean;
  /** Decoded path, without the query. */
  readonly path: string;
  /** get, list, watch, create, update, patch, delete, deletecollection; for other paths the method in lower case. */
  readonly verb: string;
  /** `api` or `apis`; "" otherwise. */
  readonly prefix: string;
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  /** Segments behind the subresource (`proxy/…`). */
  readonly rest: readonly string[];
  readonly query: URLSearchParams;
}

const noQuery = new URLSearchParams();

const verbs: Readonly<Record<string, string>> = {
  POST: "create",
  GET: "get",
  HEAD: "get",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

const subresourcesOfNamespaces = new Set(["status", "finalize"]);

/** A segment that may stand in a storage key: decoded, not empty, no separator in it (CVE-2022-3162). */
function segmentsOf(path: string): string[] | undefined {
  const segments: string[] = [];
  for (const raw of path.split("/")) {
    if (raw === "") continue;
    let segment: string;
    try {
      segment = raw.includes("%") ? decodeURIComponent(raw) : raw;
    } catch {
      return undefined;
    }
    if (segment === "." || segment === ".." || segment.includes("/") || segment.includes("\0")) return undefined;
    segments.push(segment);
  }
  return segments;
}

/** Undefined: the path can name nothing. */
export function parseRequest(method: string, url: string): RequestInfo | undefined {
  const mark = url.indexOf("?");
  const path = mark < 0 ? url : url.slice(0, mark);
  const query = mark < 0 ? noQuery : new URLSearchParams(url.slice(mark + 1));
  if (!path.startsWith("/")) return undefined;
  const segments = segmentsOf(path);
  if (segments === undefined) return undefined;
  const other: RequestInfo = {
    isResource: false,
    path,
    verb: method.toLowerCase(),
    prefix: "",
    group: "",
    version: "",
    namespace: "",
    resource: "",
    subresource: "",
    name: "",
    rest: [],
    query,
  };
  const prefix = segments[0] ?? "";
  if (prefix !== "api" && prefix !== "apis") return other;
  const head = prefix === "api" ? 2 : 3;
  if (segments.length <= head) return { ...other, prefix, group: prefix === "apis" ? (segments[1] ?? "") : "" };
  return resourceRequest(method, path, query, prefix, segments);
}

function resourceRequest(
  method: string,
  path: string,
  query: URLSearchParams,
  prefix: string,
  segments: readonly string[],
): RequestInfo {
  const group = prefix === "apis" ? (segments[1] ?? "") : "";
  const version = (prefix === "apis" ? segments[2] : segments[1]) ?? "";
  let parts = segments.slice(prefix === "apis" ? 3 : 2);
  let verb = verbs[method] ?? method.toLowerCase();
  if (parts.length > 1 && parts[0] === "watch") {
    verb = "watch";
    parts = parts.slice(1);
  }
  let namespace = "";
  if (parts[0] === "namespaces" && group === "" && parts.length > 1) {
    namespace = parts[1] ?? "";
    if (parts.length > 2 && !subresourcesOfNamespaces.has(parts[2] ?? "")) parts = parts.slice(2);
  } else if (parts[0] === "namespaces" && parts.length > 2) {
    namespace = parts[1] ?? "";
    parts = parts.slice(2);
  }
  let name = parts[1] ?? "";
  if (name === "") {
    const watching = query.get("watch");
    if (verb === "get") verb = watching === null || watching === "false" || watching === "0" ? "list" : "watch";
    else if (verb === "delete") verb = "deletecollection";
    // RBAC by resourceNames works for list and watch through the one field selector that names an object.
    if (verb === "list" || verb === "watch" || verb === "deletecollection") name = selectedName(query);
  }
  return {
    isResource: true,
    path,
    verb,
    prefix,
    group,
    version,
    namespace,
    resource: parts[0] ?? "",
    subresource: parts[2] ?? "",
    name,
    rest: parts.slice(3),
    query,
  };
}

function selectedName(query: URLSearchParams): string {
  const selector = query.get("fieldSelector");
  if (selector === null) return "";
  for (const term of selector.split(",")) {
    const match = /^metadata\.name==?([^=!]+)$/.exec(term);
    if (match !== null) return match[1] ?? "";
  }
  return "";
}

const tunnels = new Set(["exec", "attach", "portforward", "proxy", "log"]);

/** Requests that stay open by design: counted apart and never timed out as a whole. */
export const isLongRunning = (info: RequestInfo): boolean =>
  info.verb === "watch" || (info.subresource !== "" && tunnels.has(info.subresource));
