import { bulkheadItself, type CurrencyDecision, type HeldPart } from "@bulkhead/api";
import { shellWord } from "../allow/shell.ts";
import type { Because, Verdict } from "../verdict.ts";
import { openness } from "../window/window.ts";
import type { CompiledCurrencyPolicy, CurrencyRuleSet } from "./rule-set.ts";

/** A newer revision of a part, or of Bulkhead itself, and whether it may be put in now. Times in milliseconds. */
export interface CurrencyQuestion {
  /** `bulkhead`: Bulkhead itself, for which only a policy speaks that names it. */
  readonly part: string;
  /** The revision that is offered. */
  readonly to: string;
  /** The known flaws that it mends; empty: it is an ordinary update. */
  readonly security: readonly string[];
  /** Since when this very revision is offered. */
  readonly since: number;
}

/** `action`: whether that is done by itself; `Apply` only where every policy that speaks for the part says so. */
export interface CurrencyVerdict extends Verdict<CurrencyDecision> {
  readonly action: "Report" | "Apply";
  /** Names of the policies that speak for it. */
  readonly policies: readonly string[];
  /** Whose unexpired word this very version has; needed or not. */
  readonly approvedBy: readonly string[];
  /** When it may change by itself; absent where a person has to say something, or nothing ends within eight days. */
  readonly until?: number;
  /** The hold that keeps it. */
  readonly held?: HeldPart;
  /** A hold that does not, because a known flaw is mended. */
  readonly passedOver?: HeldPart;
}

type Answer = Pick<CurrencyVerdict, "decision" | "until" | "because">;

/** From the strictest. */
const strictness: readonly CurrencyDecision[] = ["held", "failed", "needs-approval", "waits", "now"];

const day = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;

/**
 * Whether a part is brought up to date now. Of several policies that speak for it the strictest counts; without one
 * nothing is done by itself, and a person may. What mends a known flaw waits for no window, cooldown or hold, unless a
 * policy says otherwise. Never anything but `now` while an exempting word is missing, expired or unreadable.
 */
export function evaluateCurrency(rules: CurrencyRuleSet, question: CurrencyQuestion, now: number): CurrencyVerdict {
  const speaking = rules.policies.filter(({ parts }) => parts?.has(question.part) ?? question.part !== bulkheadItself);
  const action = speaking.length > 0 && speaking.every(({ apply }) => apply) ? "Apply" : "Report";
  const urgent = question.security.length > 0 && speaking.every(({ exempt }) => exempt);
  const hold = rules.holds.find(({ part, until }) => part === question.part && Date.parse(until) > now);
  const answers: Answer[] = [
    ...(hold === undefined || urgent ? [] : [heldBy(hold)]),
    ...failedBefore(rules, question),
    ...speaking.map((policy) => asPolicy(rules, policy, question, now)),
    ...(speaking.length === 0 ? [unspoken(question)] : []),
  ];
  const rank = ({ decision, until }: Answer): number =>
    strictness.indexOf(decision) * 1e16 - (decision === "waits" ? (until ?? 9e15) : 0);
  const ordered = answers.toSorted((a, b) => rank(a) - rank(b));
  const [first = unspoken(question)] = ordered;
  return {
    decision: first.decision,
    action,
    policies: speaking.map(({ ref }) => ref.name),
    approvedBy: [...new Set(approvalsOf(rules, question, now).map(({ author }) => author))],
    ...(first.until === undefined ? {} : { until: first.until }),
    because: [
      ...first.because,
      ...ordered.filter((each) => each !== first && each.decision !== "now").flatMap(({ because }) => because),
    ],
    ...(hold === undefined ? {} : urgent ? { passedOver: hold } : { held: hold }),
  };
}

/** What a person types to put it in. */
const applying = ({ part, to }: CurrencyQuestion): string =>
  part === bulkheadItself ? `bulkhead current apply --bulkhead ${shellWord(to)}` : "bulkhead current apply";

const approvalsOf = ({ approvals }: CurrencyRuleSet, { part, to }: CurrencyQuestion, now: number) =>
  approvals.filter((each) => each.part === part && each.version === to && each.expires > now);

const unspoken = (question: CurrencyQuestion): Answer => ({
  decision: "now",
  because: [
    {
      rule: "no-policy",
      says: "no CurrencyPolicy speaks for it: nothing is done by itself",
      command: applying(question),
    },
  ],
});

const heldBy = ({ part, by, reason, until }: HeldPart): Answer => ({
  decision: "held",
  until: Date.parse(until),
  because: [
    {
      rule: "hold",
      says: `held until ${until.slice(0, 10)} by ${by}: ${reason}`,
      command: `bulkhead current hold ${shellWord(part)} --remove`,
    },
  ],
});

/** The very revision that failed: a newer one is another. */
const failedBefore = ({ failed }: CurrencyRuleSet, question: CurrencyQuestion): Answer[] =>
  failed
    .filter(({ part, version }) => part === question.part && version === question.to)
    .slice(0, 1)
    .map(({ at, says }) => ({
      decision: "failed",
      because: [
        {
          rule: "failed",
          says: `${question.to} failed here at ${at.slice(0, 16).replace("T", " ")}: ${says}`,
          command: applying(question),
        },
      ],
    }));

function asPolicy(
  rules: CurrencyRuleSet,
  policy: CompiledCurrencyPolicy,
  question: CurrencyQuestion,
  now: number,
): Answer {
  const { part, to, security, since } = question;
  const { ref, windows, cooldown, cooldownSaid, approval, exempt, problem } = policy;
  const name = `CurrencyPolicy ${ref.name}`;
  const at = (field: string, rule: string, says: string, more: Partial<Because> = {}): Because => ({
    object: ref,
    field,
    rule,
    says: `${name} ${field}: ${says}`,
    ...more,
  });
  if (problem !== undefined) return { decision: "waits", because: [at("spec.windows", "unreadable", problem)] };
  const mends = security.length > 0;
  if (approval === "All" || (approval === "Ordinary" && !mends)) {
    if (approvalsOf(rules, question, now).length === 0)
      return {
        decision: "needs-approval",
        because: [
          at("spec.approval", "approval", `${approval}: nobody has approved ${part} ${to}`, {
            passing: "None",
            command: `bulkhead current approve ${shellWord(part)} --version ${shellWord(to)}`,
          }),
        ],
      };
  }
  if (mends && exempt)
    return {
      decision: "now",
      because: [
        at("spec.exemptSecurityFixes", "security", `it mends ${security.slice(0, 3).join(", ")}, and does not wait`),
      ],
    };
  const ripe = since + cooldown;
  const due = openness(windows, Math.max(now, ripe));
  if (ripe > now) {
    const until = due.open ? ripe : due.until;
    return {
      decision: "waits",
      ...(until === undefined ? {} : { until }),
      because: [
        at("spec.cooldown", "cooldown", `${cooldownSaid}: it is offered since ${day(since)}, ripe at ${day(ripe)}`),
        ...(due.open ? [] : [at("spec.windows", "window", closed(due.until))]),
      ],
    };
  }
  if (!due.open)
    return {
      decision: "waits",
      ...(due.until === undefined ? {} : { until: due.until }),
      because: [at("spec.windows", "window", closed(due.until))],
    };
  return { decision: "now", because: [at("spec", "ripe", "nothing keeps it")] };
}

const closed = (until: number | undefined): string =>
  until === undefined ? "no window opens within eight days" : `the next window opens at ${day(until)}`;
