import type { Candidate } from "./item.ts";

export interface CertificateFacts {
  readonly name: string;
  readonly origin: string;
  /** RFC 3339. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** Something of ours renews it before it ends. */
  readonly renewed: boolean;
  readonly key: string;
}

export interface KeyFacts {
  readonly name: string;
  readonly origin: string;
  /** RFC 3339; absent: nobody knows how old it is. */
  readonly since?: string;
  readonly renewed: boolean;
  /** How it is changed, for a person. */
  readonly remedy: string;
}

export interface TokenFacts {
  readonly name: string;
  readonly origin: string;
  /** RFC 3339. */
  readonly since?: string;
}

const year = 365 * 86_400_000;

/** Certificates with their ends. */
export const certificateItems = (facts: readonly CertificateFacts[], now: number): Candidate[] =>
  facts.map(({ name, origin, notBefore, notAfter, renewed, key }) => ({
    kind: "certificate",
    name,
    version: key,
    origin,
    support: {
      until: notAfter,
      ended: Date.parse(notAfter) <= now,
      from: renewed ? "the certificate; the supervisor renews it before that" : "the certificate",
    },
    vulnerabilities: [],
    gaps: [],
    since: notBefore,
    remedy: renewed ? "bulkhead up --detach renews it; see supervisor.log why that did not happen" : "issue it anew",
  }));

/** Keys with their ages: a key has no end of its own, and one that is used for years is known to more and more. */
export const keyItems = (facts: readonly KeyFacts[], now: number): Candidate[] =>
  facts.map(({ name, origin, since, remedy, renewed }) => {
    const old = since !== undefined && now - Date.parse(since) > year && !renewed;
    const days = since === undefined ? undefined : Math.floor((now - Date.parse(since)) / 86_400_000);
    return {
      kind: "key",
      name,
      version: days === undefined ? "of unknown age" : `${days} days old`,
      origin,
      vulnerabilities: [],
      ...(since === undefined ? {} : { since }),
      ...(old
        ? {
            newest: {
              version: "a fresh key",
              source: "in use for more than a year",
              at: new Date(now).toISOString(),
              newer: true,
            },
          }
        : {}),
      gaps: since === undefined ? [`nobody knows since when ${name} is in use`] : [],
      remedy,
    };
  });

/** Tokens that are kept in Secrets: they never end. */
export const tokenItems = (facts: readonly TokenFacts[], now: number): Candidate[] =>
  facts.map(({ name, origin, since }) => ({
    kind: "token",
    name,
    version: "never ends",
    origin,
    vulnerabilities: [],
    ...(since === undefined ? {} : { since }),
    newest: {
      version: "a token that ends and is bound to its pod",
      source: "it is kept in a Secret and never ends",
      at: new Date(now).toISOString(),
      newer: true,
    },
    gaps: [],
    remedy:
      "let its users take one by TokenRequest (kubectl create token, or a projected volume), then delete the Secret",
  }));
