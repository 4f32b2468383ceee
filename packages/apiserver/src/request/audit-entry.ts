import { randomUUID } from "node:crypto";
import { StatusError } from "@bulkhead/api";
import type { Store } from "@bulkhead/store";
import type { User } from "../authentication/user.ts";
import type { RequestInfo } from "./request-info.ts";

/** Longest request line that a record repeats. */
const maxUri = 2048;

/** A path with its query, without what a user typed as a command: it may hold a password. */
function uriOf(url: string): string {
  const mark = url.indexOf("?");
  if (mark < 0 || !url.includes("command=")) return url.slice(0, maxUri);
  const kept = url
    .slice(mark + 1)
    .split("&")
    .filter((part) => !part.startsWith("command="));
  return `${url.slice(0, mark)}?${kept.join("&")}&command=<redacted>`.slice(0, maxUri);
}

const userInfo = (user: User): string =>
  JSON.stringify({
    username: user.name,
    ...(user.uid === "" ? {} : { uid: user.uid }),
    groups: user.groups,
    ...(Object.keys(user.extra).length === 0 ? {} : { extra: user.extra }),
  });

const known = new WeakMap<User, string>();

/** A connection's user is one object for all its requests. */
function userText(user: User): string {
  let text = known.get(user);
  if (text === undefined) known.set(user, (text = userInfo(user)));
  return text;
}

const quote = (text: string): string => JSON.stringify(text);

/** A member of a JSON object, when there is something to say. */
const member = (name: string, value: string): string => (value === "" ? "" : `,"${name}":${quote(value)}`);

/**
 * The record of one request, in the shape of audit.k8s.io/v1 at level Metadata. A write takes it into its own commit;
 * everything else is recorded when the answer is known.
 */
export class AuditEntry {
  readonly id: string = randomUUID();
  readonly #url: string;
  readonly #received: number;
  readonly #address: string;
  readonly #userAgent: string;
  #info: RequestInfo | undefined;
  #user: User | undefined;
  #impersonated: User | undefined;
  #annotations: Record<string, string> = {};
  #name = "";
  #recorded = false;
  /** The answer is held back until the record is on disk. */
  critical = false;

  constructor(url: string, address: string, userAgent: string, now: number) {
    this.#url = url;
    this.#address = address;
    this.#userAgent = userAgent.slice(0, 256);
    this.#received = now;
  }

  about(info: RequestInfo): void {
    this.#info = info;
  }

  by(user: User): void {
    this.#user = user;
  }

  as(user: User): void {
    this.#impersonated = user;
  }

  annotate(key: string, value: string): void {
    this.#annotations[key] = value;
  }

  /** The name that a creation gave. */
  named(name: string): void {
    this.#name = name;
  }

  get recorded(): boolean {
    return this.#recorded;
  }

  /** A write's commit holds the record. */
  markRecorded(): void {
    this.#recorded = true;
  }

  /** Put together from its parts: it is made for every request, and most parts are the same as in the last. */
  record(code: number, reason: string | undefined, uid = ""): Uint8Array {
    const info = this.#info;
    const impersonated = this.#impersonated;
    return Buffer.from(
      `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"${this.id}"` +
        `,"stage":"ResponseComplete","requestURI":${quote(uriOf(this.#url))},"verb":${quote(info?.verb ?? "")}` +
        `,"user":${this.#user === undefined ? "{}" : userText(this.#user)}` +
        `${impersonated === undefined ? "" : `,"impersonatedUser":${userText(impersonated)}`}` +
        `,"sourceIPs":[${quote(this.#address)}]${member("userAgent", this.#userAgent)}` +
        `${info?.isResource === true ? `,"objectRef":${this.#objectRef(info, uid)}` : ""}` +
        `,"responseStatus":{"metadata":{},"code":${code}${member("reason", reason ?? "")}}` +
        `,"requestReceivedTimestamp":"${new Date(this.#received).toISOString()}"` +
        `,"stageTimestamp":"${new Date().toISOString()}","annotations":${JSON.stringify(this.#annotations)}}`,
    );
  }

  /** Records what no commit recorded. With `critical` set a failure to do so is a failure of the request. */
  async close(store: Store, code: number, reason: string | undefined): Promise<void> {
    if (this.#recorded) return;
    this.#recorded = true;
    const appended = store.appendAudit(this.record(code, reason), { durable: this.critical });
    if (!this.critical) {
      // Too much waits already: the request goes on, the store's own counters tell.
      appended.catch(() => {});
      return;
    }
    try {
      await appended;
    } catch (error) {
      throw new StatusError(
        { reason: "ServiceUnavailable", message: "the request cannot be recorded, so it is refused" },
        error,
      );
    }
  }

  /** What a record says of the object: never a value, names only. */
  #objectRef(info: RequestInfo, uid: string): string {
    const name = this.#name === "" ? info.name : this.#name;
    return (
      `{"resource":${quote(info.resource)}${member("namespace", info.namespace)}${member("name", name)}` +
      `${member("apiGroup", info.group)},"apiVersion":${quote(info.version)}` +
      `${member("subresource", info.subresource)}${member("uid", uid)}}`
    );
  }
}

const criticalSubresources = new Set(["exec", "attach", "portforward", "token", "proxy"]);

/** Requests whose record must be on disk before the answer leaves: whoever reads a Secret or enters a pod is known. */
export function isCritical(info: RequestInfo): boolean {
  if (!info.isResource) return false;
  if (criticalSubresources.has(info.subresource)) return true;
  return (
    info.group === "" &&
    info.resource === "secrets" &&
    (info.verb === "get" || info.verb === "list" || info.verb === "watch")
  );
}
