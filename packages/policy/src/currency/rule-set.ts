import {
  type CurrencyApproval,
  type CurrencyApprovalRule,
  type CurrencyPolicy,
  type FailedPart,
  type HeldPart,
  type ObjectRef,
  securityApiVersion,
  type UpdateWindow,
} from "@bulkhead/api";
import { parseTime } from "../exception/exceptions.ts";
import { milliseconds } from "../window/duration.ts";
import { openness } from "../window/window.ts";

/** A CurrencyPolicy with its defaults filled in; durations in milliseconds. */
export interface CompiledCurrencyPolicy {
  readonly ref: ObjectRef;
  /** Undefined: every part, and not Bulkhead itself. */
  readonly parts: ReadonlySet<string> | undefined;
  readonly windows: readonly UpdateWindow[] | undefined;
  readonly cooldown: number;
  readonly cooldownSaid: string;
  readonly approval: CurrencyApprovalRule;
  readonly exempt: boolean;
  readonly apply: boolean;
  /** Why it cannot be read: then nothing that it speaks for is changed. */
  readonly problem: string | undefined;
}

/** An approval that can be read; `expires` in milliseconds. */
interface CompiledApproval {
  readonly ref: ObjectRef;
  readonly part: string;
  readonly version: string;
  readonly author: string;
  readonly expires: number;
}

export interface CurrencyRuleSet {
  readonly policies: readonly CompiledCurrencyPolicy[];
  readonly approvals: readonly CompiledApproval[];
  readonly holds: readonly HeldPart[];
  readonly failed: readonly FailedPart[];
}

export interface CurrencyObjects {
  readonly policies: readonly CurrencyPolicy[];
  readonly approvals: readonly CurrencyApproval[];
  /** Root's own, of the machine. */
  readonly holds: readonly HeldPart[];
  readonly failed: readonly FailedPart[];
}

const defaultCooldown = "72h";

const byName = <T extends { readonly ref: ObjectRef }>(all: T[]): T[] =>
  all.sort((a, b) => (a.ref.name < b.ref.name ? -1 : 1));

/** Reads the objects. A policy that cannot be read lets nothing pass; an approval that cannot be read approves nothing. */
export function compileCurrency({ policies, approvals, holds, failed }: CurrencyObjects): CurrencyRuleSet {
  return {
    policies: byName(policies.map(compiled)),
    approvals: byName(approvals.flatMap(approvalOf)),
    holds,
    failed,
  };
}

function compiled({ metadata, spec }: CurrencyPolicy): CompiledCurrencyPolicy {
  const { parts, windows, cooldown, approval, exemptSecurityFixes, action } = spec;
  let problem: string | undefined;
  try {
    openness(windows, 0);
  } catch {
    problem = "a time zone that is not known";
  }
  return {
    ref: { apiVersion: securityApiVersion, kind: "CurrencyPolicy", name: metadata.name ?? "" },
    parts: parts === undefined ? undefined : new Set(parts),
    windows,
    cooldown: milliseconds(cooldown, milliseconds(defaultCooldown, 0)),
    cooldownSaid: cooldown ?? defaultCooldown,
    approval: approval ?? "None",
    exempt: exemptSecurityFixes !== false,
    apply: action === "Apply",
    problem,
  };
}

function approvalOf({ metadata, spec }: CurrencyApproval): CompiledApproval[] {
  const expires = parseTime(spec.expires);
  const { part, version, author } = spec;
  if (Number.isNaN(expires) || blank(part) || blank(version) || blank(author)) return [];
  const ref = { apiVersion: securityApiVersion, kind: "CurrencyApproval", name: metadata.name ?? "" };
  return [{ ref, part, version, author, expires }];
}

/** The schema asks for all this too: two locks. */
const blank = (text: string | undefined): boolean => text === undefined || text.trim() === "";
