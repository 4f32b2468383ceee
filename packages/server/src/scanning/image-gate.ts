import type { Log, Namespace, Pod } from "@bulkhead/api";
import type { AdmitImage, ImageStartVerdict, StartingImage } from "@bulkhead/kubelet";
import { asksForContent, evaluateImage, type ImageFacts, templateOf, type WorkloadRules } from "@bulkhead/policy";
import type { ImageScans, WaitingScan } from "./image-scans.ts";
import type { RanBefore } from "./ran-before.ts";

export interface ImageGateOptions {
  readonly rules: (now: number) => Pick<WorkloadRules, "images">;
  readonly namespaces: () => readonly Namespace[];
  readonly scans: Pick<ImageScans, "look" | "matches">;
  readonly ran: Pick<RanBefore, "has" | "add">;
  readonly log: Log;
  readonly now?: () => number;
}

/** What an image's wait looks like from outside. */
function progress({ failure, running, ahead }: WaitingScan): string {
  if (failure !== undefined) return `the last attempt failed, and it is tried again: ${failure}`;
  if (running) return "it is being read now";
  return ahead === 0
    ? "it is the next to be read"
    : `${ahead} ${ahead === 1 ? "image is" : "images are"} read before it`;
}

/** What was put onto the node by hand: nothing holds its name to its bytes, so that nothing is known of it. */
const nameless = (now: number): { readonly facts: ImageFacts; readonly waits?: undefined } => ({
  facts: { digest: "", scanFailure: "no registry has named its bytes by a digest", now },
});

/** An image that cannot be read twice in a row cannot be read. */
const attempts = 2;

/**
 * The agent's second door: judges an image by what is in it before a container is made of it, and remembers what it let run.
 * What ran in its namespace before runs again. Where nothing asks and nothing could be found, nothing is read either.
 */
export function createImageGate(options: ImageGateOptions): AdmitImage {
  const { scans, ran, log } = options;
  const now = options.now ?? Date.now;
  // Deciders look up namespaces by name; what ran belongs to the namespace that it ran in.
  const uidOf = (name: string): string | undefined =>
    options.namespaces().find(({ metadata }) => metadata.name === name)?.metadata.uid;

  async function knownOf(
    { image }: StartingImage,
    digest: string,
    pod: Pod,
    ranBefore: boolean,
    asks: boolean,
  ): Promise<{ readonly facts: ImageFacts; readonly waits?: WaitingScan }> {
    const base: ImageFacts = { digest, ranBefore, now: now() };
    const comes = !ranBefore && (await scans.matches());
    if (!asks && !comes) return { facts: base };
    const namespace = pod.metadata.namespace ?? "";
    const found = await scans.look({ digest, name: image, namespace }, { wait: !ranBefore });
    if (found.facts !== undefined) return { facts: { ...base, scan: found.facts } };
    if (found.failure !== undefined && found.failures >= attempts)
      return { facts: { ...base, scanFailure: found.failure } };
    return { facts: { ...base, scanComes: comes }, waits: found };
  }

  return async (pod, starting): Promise<ImageStartVerdict> => {
    const template = templateOf(pod);
    const namespace = pod.metadata.namespace ?? "";
    const { images } = options.rules(now());
    const uid = uidOf(namespace);
    const { image, field, digest } = starting;
    if (template === undefined) return { decision: "deny", because: [{ rule: "spec", says: "a pod without a spec" }] };
    const asks = asksForContent(images, namespace);
    const ranBefore = digest !== undefined && uid !== undefined && ran.has(uid, digest);
    const known = digest === undefined ? nameless(now()) : await knownOf(starting, digest, pod, ranBefore, asks);
    const verdict = evaluateImage(images, {
      image,
      identity: template.identity,
      field,
      stage: "start",
      facts: known.facts,
    });
    if (verdict.decision === "hold") {
      const [first, ...more] = verdict.because;
      if (first === undefined || known.waits === undefined) return { decision: "hold", because: verdict.because };
      return { decision: "hold", because: [{ ...first, says: `${first.says}: ${progress(known.waits)}` }, ...more] };
    }
    // What only an Exception lets run ran by that alone: it does not run on for ever.
    const byItself = verdict.decision !== "deny" && verdict.lifted.length === 0;
    if (byItself && !ranBefore && digest !== undefined && uid !== undefined)
      await ran
        .add(uid, digest)
        .catch((error: unknown) => log.error({ image, error: String(error) }, "what runs could not be written down"));
    return { decision: verdict.decision, because: verdict.because };
  };
}
