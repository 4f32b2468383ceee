import type { Exception, RunningPodAction } from "@bulkhead/api";
import { allowRule } from "../allow/command.ts";
import { type ExceptionRules, exceptionRef, exceptionsFor, expiredFor } from "../exception/exceptions.ts";
import type { Identity } from "../exception/subject.ts";
import type { Because } from "../verdict.ts";
import type { Breach } from "./breach.ts";
import { liftingException } from "./exceptions.ts";
import type { ImageFacts, ImageStage } from "./facts.ts";
import type { ImageVerdict } from "./image-verdict.ts";
import type { ImageReference } from "./reference.ts";
import type { CompiledImagePolicy } from "./rule-set.ts";
import { scanBreaches, unscanned } from "./scanned.ts";
import { notLookedAt, signingBreaches, speaksOf } from "./signing.ts";

export interface ContentQuestion {
  /** Those that speak for the namespace, enforcing ones first. */
  readonly policies: readonly CompiledImagePolicy[];
  readonly exceptions: ExceptionRules;
  readonly identity: Identity;
  readonly field: string;
  readonly image: ImageReference;
  readonly facts: ImageFacts | undefined;
  readonly stage: ImageStage;
}

const actions: readonly RunningPodAction[] = ["Report", "Replace", "Isolate"];

/** Isolating outweighs replacing, replacing outweighs reporting. */
export const strongerAction = (
  a: RunningPodAction | undefined,
  b: RunningPodAction | undefined,
): RunningPodAction | undefined =>
  a === undefined ? b : b === undefined || actions.indexOf(a) >= actions.indexOf(b) ? a : b;

/** What a policy finds fault with in an image, as far as it can be asked at this stage. */
function breachesOf({ policy, signing }: CompiledImagePolicy, question: ContentQuestion): readonly Breach[] {
  const { image, facts, stage, identity } = question;
  return [...signed(), ...scanned()];

  function signed(): readonly Breach[] {
    if (facts?.signatures !== undefined) return signingBreaches(signing, image, facts.signatures, identity.namespace);
    if (stage === "template") return notLookedAt(signing, image, "warn");
    // Admission saw to the signatures of this very digest. A tag could have come to mean another since.
    if (stage !== "admission" && image.digest !== undefined) return [];
    return notLookedAt(signing, image, "refuse");
  }

  function scanned(): readonly Breach[] {
    if (facts?.scan !== undefined) return scanBreaches(policy, facts.scan, facts.now);
    return stage === "template" ? [] : unscanned(policy.spec, facts, stage);
  }
}

type Bin = "deny" | "hold" | "warn" | "audit";

const outcomeWords: Readonly<Record<Bin | "fallen", string>> = {
  deny: "may not run",
  hold: "may not start yet",
  warn: "is let run",
  audit: "would not run",
  fallen: "is out of policy",
};

/** Where a breach weighs, by the policy's mode and by whether the digest ran here before. */
function binOf(breach: Breach, mode: CompiledImagePolicy["mode"], settled: boolean): Bin {
  if (mode === "Audit") return "audit";
  if (mode === "Warn") return breach.outcome === "hold" ? "audit" : "warn";
  if (breach.outcome === "warn" || (breach.ofScan && settled)) return "warn";
  return breach.outcome === "hold" ? "hold" : "deny";
}

/** Most reasons of one rule that are told one by one. */
const toldOneByOne = 5;

/** Who signed an image and what is in it, held against every policy that speaks for its namespace. */
export function judgeContent(question: ContentQuestion): ImageVerdict {
  const { policies, exceptions, identity, image, facts } = question;
  const lifting = exceptionsFor(exceptions, "image", identity);
  const expired = expiredFor(exceptions, "image", identity);
  const bins: Record<Bin, Because[]> = { deny: [], hold: [], warn: [], audit: [] };
  const lifted: Because[] = [];
  const told = new Map<string, number>();
  let action: RunningPodAction | undefined;
  const fallen: Because[] = [];
  // A restart, a rollback, a reboot: what ran before runs again, however much worse is known of it.
  const settled = facts?.ranBefore === true || question.stage === "running";
  for (const policy of policies) {
    const overflow = new Map<string, { readonly breach: Breach; readonly bin: Bin; count: number }>();
    for (const breach of breachesOf(policy, question)) {
      const exception = liftingException(lifting, breach.rule, withDigest(image, facts), breach.names);
      if (exception !== undefined) {
        lifted.push({
          object: exceptionRef(exception),
          field: "spec",
          rule: breach.rule,
          says: `Exception ${identity.namespace}/${exception.metadata.name} lifts ${breach.rule}${breach.names === undefined ? "" : ` of ${breach.names[0] ?? ""}`} until ${exception.spec.expires}: ${exception.spec.reason}`,
        });
        continue;
      }
      const bin = binOf(breach, policy.mode, settled);
      if (policy.mode === "Enforce" && settled && breach.outcome === "refuse") {
        action = strongerAction(action, policy.policy.spec?.runningPods ?? "Report");
        if (fallen.length < toldOneByOne) fallen.push(because(question, policy, breach, "fallen"));
      }
      const key = `${policy.ref.name} ${breach.rule} ${bin}`;
      const count = (told.get(key) ?? 0) + 1;
      told.set(key, count);
      const before = liftingException(expired, breach.rule, withDigest(image, facts), breach.names);
      if (count <= toldOneByOne) bins[bin].push(because(question, policy, breach, bin, before));
      else overflow.set(key, { breach, bin, count: count - toldOneByOne });
    }
    for (const { breach, bin, count } of overflow.values()) {
      const { names: _, passing: __, ...whole } = breach;
      bins[bin].push(
        because(question, policy, { ...whole, says: `and ${count} more of the rule ${breach.rule}` }, bin),
      );
    }
  }
  const decision =
    bins.deny.length > 0 ? "deny" : bins.hold.length > 0 ? "hold" : bins.warn.length > 0 ? "warn" : "allow";
  return {
    decision,
    because: decision === "allow" ? met(question) : [...bins.deny, ...bins.hold, ...bins.warn],
    lifted,
    audited: bins.audit,
    ...(action === undefined ? {} : { action, fallen }),
  };
}

/** That an exception is over, for a refusal that it would have lifted. */
export const itsEnd = ({ metadata, spec }: Exception): string =>
  `Exception ${metadata.namespace ?? ""}/${metadata.name ?? ""} let it until ${spec.expires}`;

const withDigest = (image: ImageReference, facts: ImageFacts | undefined): ImageReference =>
  facts === undefined ? image : { ...image, digest: facts.digest };

function because(
  { identity, field, image, facts }: ContentQuestion,
  policy: CompiledImagePolicy,
  breach: Breach,
  bin: Bin | "fallen",
  before?: Exception,
): Because {
  const { namespace } = identity;
  const [subject = { kind: "Namespace", name: namespace } as const] = identity.subjects;
  const { digest } = withDigest(image, facts);
  const name = `${image.registry}/${image.repository}${digest === undefined ? "" : `@${digest}`}`;
  return {
    object: policy.ref,
    field,
    rule: breach.rule,
    says: `${name} ${outcomeWords[bin]}: ImageTrustPolicy ${policy.ref.name} (${breach.policyField}) ${breach.says}${before === undefined ? "" : `; ${itsEnd(before)}`}`,
    ...(breach.passing === undefined ? {} : { passing: breach.passing }),
    command: allowRule({
      decider: "image",
      rule: breach.rule,
      namespace,
      subject,
      value: breach.names === undefined ? name : breach.names[0],
    }),
  };
}

/** Whose signatures let it pass: a pass is explained as a refusal is. */
function met({ policies, image, facts }: ContentQuestion): readonly Because[] {
  const known = facts?.signatures;
  if (known === undefined) return [];
  return policies
    .filter(({ signing }) => signing.some((requirement) => speaksOf(requirement, image)))
    .map(({ ref }) => {
      const by = known.facts
        .filter((f) => f.kind === "signature")
        .map(({ signer }) => (signer.type === "key" ? `the key ${signer.keyId.slice(0, 12)}…` : signer.identity));
      const says = `signed as ImageTrustPolicy ${ref.name} asks, by ${[...new Set(by)].join(", ")}`;
      return { object: ref, field: "spec.signatures", rule: "signature", says };
    });
}
