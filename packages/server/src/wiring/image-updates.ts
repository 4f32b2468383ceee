import { readFile } from "node:fs/promises";
import type { Log, ScanFacts } from "@bulkhead/api";
import {
  type CandidateJudge,
  type CandidateQuestion,
  type ImageUpdatePorts,
  type Judgement,
  type PatchQuestion,
  type TagSource,
  type WorkloadImage,
  wholeOf,
} from "@bulkhead/controllers";
import type { InstancePaths } from "@bulkhead/host";
import {
  type FetchFile,
  fetchOverHttp,
  loadRepositories,
  type PackageRepository,
  readPackageRepositories,
  readSigningKey,
} from "@bulkhead/images";
import {
  evaluateImage,
  formatImageReference,
  type ImageVerdict,
  isListed,
  signatureNeeds,
  templateOf,
} from "@bulkhead/policy";
import { imageSigningKey, lentWorkerSocket, patchRepositoriesFile } from "../prepare/names.ts";
import { type CandidateScans, createCandidateScans, lentScan } from "./candidate-scans.ts";
import { compareFacts } from "./compare-facts.ts";
import { type SignatureLookup, signatureLookup } from "./image-signatures.ts";
import { lentSupply } from "./lent-supply.ts";
import { createPatchedImages } from "./patched-images.ts";
import type { RuleView } from "./rule-views.ts";
import type { UpdateConnect } from "./update-registries.ts";

/** What registries say of tags. */
const registryTags = (connect: UpdateConnect): TagSource => ({
  tags: async (image) => (await connect(image)).tags(image.repository),
  digest: async (image) => (await (await connect(image)).resolve(image.repository, image.tag ?? "latest")).digest,
});

interface PolicyJudgeOptions {
  readonly rules: RuleView;
  readonly connect: UpdateConnect;
  readonly scans: CandidateScans;
  readonly now: () => number;
}

/** Judges candidates as the door will: registry, signatures, content; and against what they would replace. */
function policyJudge({ rules, connect, scans, now }: PolicyJudgeOptions): PolicyJudge {
  const signatures: SignatureLookup = signatureLookup({ now });

  /** What the door would say; without a scan only of name and signatures. */
  async function door(
    workload: CandidateQuestion["workload"],
    container: string,
    image: WorkloadImage,
    stage: "admission" | "start",
    scan?: ScanFacts,
  ): Promise<ImageVerdict | undefined> {
    const template = templateOf(wholeOf(workload));
    const { digest } = image;
    if (template === undefined || digest === undefined) return undefined;
    const { identity } = template;
    const name = formatImageReference(image);
    const { images } = rules.rules(now());
    const needs = stage === "start" ? undefined : signatureNeeds(images, name, identity);
    const { puller } = image;
    const key = puller === undefined ? "" : `${puller.namespace} ${puller.secrets}`;
    const access = { key, connect: () => connect(image) };
    const facts = {
      digest,
      now: now(),
      ...(needs === undefined ? {} : { signatures: await signatures.factsOf({ ...image, digest }, needs, access) }),
      ...(scan === undefined ? {} : { scan }),
    };
    const field = `spec.template.spec.containers[${container}].image`;
    return evaluateImage(images, { image: name, identity, field, facts, stage });
  }

  async function judge({ workload, container, candidate, running }: CandidateQuestion): Promise<Judgement> {
    const { digest } = candidate;
    if (digest === undefined) return { verdict: "unknown", says: "it has no digest" };
    // An image that may not run whatever is in it is not fetched.
    const unseen = await door(workload, container, candidate, "admission");
    if (unseen?.decision === "deny") return refusal(unseen);
    const after = scans.scanOf({ ...candidate, digest });
    if (after.state === "pending") return { verdict: "pending", says: "it is being scanned" };
    if (after.state === "failed") return { verdict: "unknown", says: `it could not be scanned: ${after.says}` };
    const verdict = await door(workload, container, candidate, "admission", after.facts);
    if (verdict === undefined) return { verdict: "unknown", says: "it is in no template" };
    if (verdict.decision === "deny") return refusal(verdict);
    if (verdict.decision === "hold") return { verdict: "unknown", says: verdict.because[0]?.says ?? "" };
    if (running?.digest === undefined)
      return { verdict: "unknown", says: "what runs is not known, so that nothing can be called no worse" };
    const before = scans.scanOf({ ...running, digest: running.digest });
    if (before.state === "pending") return { verdict: "pending", says: "what it would replace is being scanned" };
    if (before.state === "failed")
      return { verdict: "unknown", says: `what it would replace could not be scanned: ${before.says}` };
    // Nothing found by nothing is no word of health.
    if (!after.facts.sources.some(({ stale }) => stale === undefined))
      return {
        verdict: "unknown",
        says: "there are no fresh advisories that it could be held against (bulkhead advisories status)",
      };
    const old = await door(workload, container, running, "start", before.facts);
    const next = await door(workload, container, candidate, "start", after.facts);
    const { fixes, mendsGrave, worse } = compareFacts(before.facts, after.facts);
    if (worse !== undefined) return { verdict: "worse", says: worse };
    const stricter = strictness(next) - strictness(old);
    if (stricter > 0)
      return {
        verdict: "worse",
        says: next?.because[0]?.says ?? "the policies say more against it than against what runs",
      };
    return {
      verdict: "good",
      says: "scanned, and no worse than what runs",
      findings: { before: before.facts.findings.length, after: after.facts.findings.length },
      fixes,
      security: mendsGrave || (stricter < 0 && fixes.length > 0),
    };
  }

  return {
    judge: (question) =>
      judge(question).catch((error: unknown) => ({
        verdict: "unknown",
        says: error instanceof Error ? error.message : String(error),
      })),
    listed: (workload, image) => {
      const template = templateOf(wholeOf(workload));
      return (
        template !== undefined && isListed(rules.rules(now()).images, formatImageReference(image), template.identity)
      );
    },
    renew: () => scans.renew(),
    onChange: (wake) => {
      rules.onChange(wake);
      scans.onChange(wake);
    },
    async barred({ workload, container, running }) {
      const verdict = await door(workload, container, running, "admission");
      return verdict?.decision === "deny" ? verdict.because[0]?.says : undefined;
    },
  };
}

/** The judge, and what of a running image keeps it from being patched: nobody's unsigned image gets a signature of ours. */
interface PolicyJudge extends CandidateJudge {
  barred(question: PatchQuestion): Promise<string | undefined>;
}

const strictness = (verdict: ImageVerdict | undefined): number =>
  verdict === undefined ? 0 : { allow: 0, warn: 1, hold: 2, deny: 3 }[verdict.decision];

function refusal({ because: [first] }: ImageVerdict): Judgement {
  const unsigned = first?.rule === "signature" || first?.rule === "attestation";
  return { verdict: unsigned ? "unsigned" : "refused", says: first?.says ?? "" };
}

export interface UpdatePortsOptions {
  readonly paths: InstancePaths;
  /** `host:port` of the machine's own registry. */
  readonly own: string;
  readonly by: string;
  readonly connect: UpdateConnect;
  readonly rules: RuleView;
  readonly now: () => number;
  readonly log: Log;
}

/** What the update loop asks of registries, scans and packages. */
export function updatePorts({ paths, own, by, connect, rules, now, log }: UpdatePortsOptions): ImageUpdatePorts {
  const configured = (): Promise<readonly PackageRepository[]> => readPackageRepositories(patchRepositoriesFile(paths));
  const fetchFile: FetchFile = async (url, limit) => {
    const allowed = (await configured()).map((one) => `${one.url.replace(/\/+$/, "")}/`);
    return fetchOverHttp({ allowed: (asked) => allowed.some((start) => asked.startsWith(start)) })(url, limit);
  };
  const supply = lentSupply(connect, fetchFile);
  const lent = lentWorkerSocket(paths);
  const scans = createCandidateScans({ scan: lentScan(lent, supply, now), now, log });
  const judge = policyJudge({ rules, connect, scans, now });
  const patches = createPatchedImages({
    own,
    connect,
    lent,
    supply,
    // Those whose keyring is not here vouch for nothing, and are no matter where the image is another distribution's.
    repositories: async () => {
      const loaded = await Promise.all(
        (await configured()).map((one) => loadRepositories([one]).catch(() => [{ ...one, keys: [] }])),
      );
      return loaded.flat();
    },
    key: async () => readSigningKey(await readFile(imageSigningKey(paths), "utf8")),
    by,
    barred: (question) => judge.barred(question),
    scanOf: (image) => scans.scanOf(image),
    enqueue: (work) => scans.enqueue(work),
    onChange: (wake) => scans.onChange(wake),
    now,
    log,
  });
  return { tags: registryTags(connect), judge, patches };
}
