import { imageReportName, type SignatureFacts, StatusError } from "@bulkhead/api";
import { imageReports } from "@bulkhead/client";
import { loadSignatures, type Registries, RegistryError, scanFacts, signaturePlaces } from "@bulkhead/images";
import {
  type Because,
  formatImageReference,
  type ImageFacts,
  type ImageReference,
  ImageReferenceError,
  parseImageReference,
  parseSubject,
  reportedFacts,
  type SignatureNeeds,
  whyImage,
  whyImageNeeds,
  whyImageVex,
} from "@bulkhead/policy";
import { CommandFailure } from "../exit-codes.ts";
import { type RegistryChoices, registriesOf } from "../image/open-target.ts";
import { ask, type Cluster, type ClusterOptions } from "../instance/cluster.ts";
import { ownRegistryOf } from "../instance/own-registry.ts";
import { snapshotOf } from "../instance/snapshot.ts";
import { scan } from "./image-scan.ts";

export interface WhyImageOptions extends ClusterOptions, RegistryChoices {
  readonly namespace?: string;
  /** KIND/NAME whose Exceptions count. */
  readonly for?: string;
  /** Also reads what is in it. */
  readonly scan?: boolean;
}

export interface WhyImageReport {
  /** In full; with its digest where it could be found out. */
  readonly image: string;
  readonly namespace: string;
  readonly decision: "allow" | "warn" | "hold" | "deny";
  readonly because: readonly Because[];
  readonly lifted: readonly Because[];
  readonly audited: readonly Because[];
  readonly signatures?: SignatureFacts;
  readonly notes: readonly string[];
}

/** May this image run in a namespace, as a new pod's? Asks its registry what the API server would ask. */
export const askImage = (options: WhyImageOptions, text: string): Promise<WhyImageReport> =>
  ask(options, async (cluster) => {
    const namespace = options.namespace ?? cluster.namespace;
    const subject = options.for === undefined ? undefined : parseSubject(options.for);
    if (options.for !== undefined && subject === undefined)
      throw new CommandFailure(`--for ${options.for}: write KIND/NAME, such as deployment/web`);
    const snapshot = await snapshotOf(cluster, "pod");
    const notes = [...snapshot.notes];
    if (!snapshot.objects.some(({ kind, metadata }) => kind === "Namespace" && metadata.name === namespace))
      notes.push(`there is no Namespace ${namespace}: this is what one without labels would have`);
    const reference = referenceOf(text);
    const question = { image: formatImageReference(reference), namespace, subject };
    const named = whyImage(snapshot, question, undefined);
    // Of what no policy lists nothing is asked, as at the door.
    if (named.decision === "deny" && named.because.every((b) => b.rule === "trust" || b.rule === "reference"))
      return { image: question.image, namespace, ...named, notes };
    const own = await ownRegistryOf(cluster);
    const choices: RegistryChoices = { ...options, root: cluster.paths.root, ...(own === undefined ? {} : { own }) };
    const registries = await registriesOf(choices, reference.registry);
    const digest = await digestOf(registries, reference, notes);
    if (digest === undefined) return { image: question.image, namespace, ...named, notes };
    if (typeof digest !== "string") {
      const because = [...digest.refused, ...(named.decision === "deny" ? named.because : [])];
      return { image: question.image, namespace, ...named, decision: "deny", because, notes };
    }
    const pinned = { ...question, image: formatImageReference({ ...reference, digest }) };
    const needs = whyImageNeeds(snapshot, pinned);
    const signatures = needs === undefined ? undefined : await look(registries, reference, digest, needs);
    const vexNeeds = whyImageVex(snapshot, pinned.image);
    const scanned =
      options.scan === true ? await scan(pinned.image, { ...choices, vexNeeds }, () => undefined) : undefined;
    if (scanned?.unmatched !== undefined) notes.push(scanned.unmatched);
    const reported = scanned === undefined ? await reportOf(cluster, digest, namespace, notes) : undefined;
    const facts: ImageFacts = {
      digest,
      now: Date.now(),
      ...(signatures === undefined ? {} : { signatures }),
      ...(scanned === undefined ? reported : { scan: scanFacts(scanned) }),
    };
    const verdict = whyImage(snapshot, pinned, facts);
    return { image: pinned.image, namespace, ...verdict, ...(signatures === undefined ? {} : { signatures }), notes };
  });

/** What the cluster itself has reported of it, as the API server would use it. */
async function reportOf(
  { client }: Cluster,
  digest: string,
  namespace: string,
  notes: string[],
): Promise<ReturnType<typeof reportedFacts>> {
  try {
    const report = await client.get(imageReports, { namespace: "", name: imageReportName(digest) });
    return reportedFacts(report, namespace);
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    if (error.reason !== "NotFound") notes.push(`what is reported of it cannot be read: ${error.message}`);
    return undefined;
  }
}

function referenceOf(text: string): ImageReference {
  try {
    return parseImageReference(text);
  } catch (error) {
    if (error instanceof ImageReferenceError) throw new CommandFailure(error.message, 2, error);
    throw error;
  }
}

/** The digest; why no pod can have it, whatever a policy says; undefined where it is not known. */
async function digestOf(
  registries: Registries,
  reference: ImageReference,
  notes: string[],
): Promise<string | { readonly refused: readonly Because[] } | undefined> {
  if (reference.digest !== undefined) return reference.digest;
  const { registry, repository, tag = "latest" } = reference;
  try {
    return (await registries.ask(registry, repository, (client) => client.resolve(repository, tag))).digest;
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    if (error.code === "absent")
      return { refused: [{ field: "image", says: `its tag cannot be resolved to a digest: ${error.message}` }] };
    notes.push(`its digest is not known: ${error.message}`);
    return undefined;
  }
}

async function look(
  registries: Registries,
  { registry, repository }: ImageReference,
  digest: string,
  needs: SignatureNeeds,
): Promise<SignatureFacts> {
  const { checkSignatures, readableTrust } = await loadSignatures();
  return checkSignatures(signaturePlaces(registries, registry, repository), {
    repository,
    digest,
    trust: readableTrust(needs.keys, needs.trustRoots),
    wants: needs.wants,
    signal: AbortSignal.timeout(30_000),
    now: Date.now(),
  });
}
