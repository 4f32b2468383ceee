import type { OutgoingHttpHeaders } from "node:http";
import type { User } from "../authentication/user.ts";
import type { Exchange } from "../http/exchange.ts";
import type { RegisteredKind } from "../resources/registry.ts";
import type { ApiServices } from "../resources/services.ts";
import type { AuditEntry } from "./audit-entry.ts";
import type { Representation } from "./negotiate.ts";
import type { RequestInfo } from "./request-info.ts";

/** A request that was let in, on its way to a handler. */
export interface ApiRequest {
  readonly services: ApiServices;
  readonly exchange: Exchange;
  readonly info: RequestInfo;
  readonly user: User;
  readonly audit: AuditEntry;
  readonly representation: Representation;
  /** The body, within its bounds, scanned but not parsed. */
  body(): Promise<Buffer>;
  warn(text: string): void;
  /** Milliseconds a client may take no bytes. */
  readonly stallDeadline: number;
  /** Aborts when the server closes. */
  readonly signal: AbortSignal;
}

/** A request about a kind that is served. `namespace` is "" for cluster-scoped kinds and for all namespaces. */
export interface KindRequest extends ApiRequest {
  readonly kind: RegisteredKind;
  readonly namespace: string;
}

/** What a handler answers. A stream takes the exchange over once the record of it stands. */
export type Answer =
  | {
      readonly answer: "body";
      readonly code: number;
      readonly type: string;
      readonly body: Uint8Array | Iterable<Uint8Array>;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly answer: "stream"; run(headers: OutgoingHttpHeaders): Promise<void> };

export type Handler = (request: ApiRequest) => Answer | Promise<Answer>;
export type KindHandler = (request: KindRequest) => Answer | Promise<Answer>;

export const jsonAnswer = (code: number, value: unknown): Answer => ({
  answer: "body",
  code,
  type: "application/json",
  body: Buffer.from(`${JSON.stringify(value)}\n`),
});

export const textAnswer = (code: number, text: string): Answer => ({
  answer: "body",
  code,
  type: "text/plain; charset=utf-8",
  body: Buffer.from(text),
});
