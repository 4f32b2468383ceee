import { randomUUID } from "node:crypto";
import { StatusError } from "@bulkhead/api";
import type { Store } from "@bulkhead/store";
import type { User } from "../authentication/user.ts";
import type { RequestInfo } from "./request-info.ts";

/** Longest request line that a record repeats. */
const maxUri = 2048;

/** What a record says of the objects: never a value, names only. */
interface ObjectRef {
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly uid?: string;
  readonly apiGroup?: string;
  readonly apiVersion: string;
  readonly resourceVersion?: string;
  readonly subresource?: string;
}

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

const userInfo = (user: User) => ({
  username: user.name,
  ...(user.uid === "" ? {} : { uid: user.uid }),
  groups: user.groups,
  ...(Object.keys(user.extra).length === 0 ? {} : { extra: user.extra }),
});

/**
 * The record of one request, in the shape of audit.k8s.io/v1 at level Metadata. A write takes it into its own commit;
 * everything else is recorded when the answer is known.
 */
export class AuditEntry {
  readonly id: string = randomUUID();
  readonly #url: string;
  readonly #received: string;
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
    this.#received = new Date(now).toISOString();
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

  record(code: number, reason: string | undefined, written?: { uid?: string; resourceVersion?: string }): Uint8Array {
    const info = this.#info;
    return Buffer.from(
      JSON.stringify({
        kind: "Event",
        apiVersion: "audit.k8s.io/v1",
        level: "Metadata",
        auditID: this.id,
        stage: "ResponseComplete",
        requestURI: uriOf(this.#url),
        verb: info?.verb ?? "",
        user: this.#user === undefined ? {} : userInfo(this.#user),
        ...(this.#impersonated === undefined ? {} : { impersonatedUser: userInfo(this.#impersonated) }),
        sourceIPs: [this.#address],
        ...(this.#userAgent === "" ? {} : { userAgent: this.#userAgent }),
        ...(info?.isResource === true ? { objectRef: this.#objectRef(info, written) } : {}),
        responseStatus: { metadata: {}, code, ...(reason === undefined ? {} : { reason }) },
        requestReceivedTimestamp: this.#received,
        stageTimestamp: new Date().toISOString(),
        annotations: this.#annotations,
      }),
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

  #objectRef(info: RequestInfo, written: { uid?: string; resourceVersion?: string } | undefined): ObjectRef {
    const name = this.#name === "" ? info.name : this.#name;
    return {
      resource: info.resource,
      ...(info.namespace === "" ? {} : { namespace: info.namespace }),
      ...(name === "" ? {} : { name }),
      ...(info.group === "" ? {} : { apiGroup: info.group }),
      apiVersion: info.version,
      ...(info.subresource === "" ? {} : { subresource: info.subresource }),
      ...written,
    };
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
