import type { Container, EphemeralContainer, Log, Pod, Secret } from "@bulkhead/api";
import type { EventRecorder } from "@bulkhead/client";
import type { ImageUser } from "../config/security.ts";
import { type CriClient, CriError } from "../cri/client.ts";
import type { CriImage } from "../cri/schema.ts";
import { goDuration } from "../pod/restart.ts";
import { credentialsFor, type RegistryCredential } from "./credentials.ts";
import { parseImage, pullPolicy } from "./reference.ts";

export type ImageErrorReason = "ErrImagePull" | "ErrImageNeverPull" | "ImageInspectError" | "InvalidImageName";

/** An image that a container cannot have (now). */
export class ImageError extends Error {
  override readonly name = "ImageError";
  readonly reason: ImageErrorReason;

  constructor(reason: ImageErrorReason, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }
}

/** An image on this machine. */
export interface PresentImage extends ImageUser {
  /** What containers are created from: the runtime's own id, so that a tag that moves meanwhile changes nothing. */
  readonly id: string;
  /** What registries call it: `registry/repository@sha256:…`. */
  readonly repoDigests: readonly string[];
}

/** A pull that is under way. */
export interface PullUnderWay {
  readonly image: string;
  /** `namespace/name` of the pod that asked first. */
  readonly pod: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

export interface ImagePuller {
  /** The image for a container, pulled where the policy says so; failures are ImageError. */
  ensure(pod: Pod, container: Container | EphemeralContainer, signal: AbortSignal): Promise<PresentImage>;
  /** What is being pulled now. */
  underWay(): readonly PullUnderWay[];
  /** When an image was last given to a container, milliseconds; undefined for never by this agent. */
  lastUsed(id: string): number | undefined;
}

export interface ImagePullerOptions {
  readonly cri: CriClient;
  readonly credentials: readonly RegistryCredential[];
  readonly pullSecrets: (pod: Pod) => Promise<readonly Secret[]>;
  readonly events: EventRecorder;
  readonly log: Log;
  readonly now: () => number;
  /** Milliseconds a pull may take, default 30 minutes. */
  readonly timeout?: number;
}

const toPresent = (image: CriImage): PresentImage => ({
  id: image.id,
  repoDigests: image.repoDigests,
  uid: image.uid?.value,
  username: image.username,
});

const wellFormed = /^[\w][\w.\-/:@]*$/;

export function createImagePuller(options: ImagePullerOptions): ImagePuller {
  const { cri, events, log, now } = options;
  const pulls = new Map<string, { readonly done: Promise<string>; readonly shown: PullUnderWay }>();
  const used = new Map<string, number>();

  async function present(image: string): Promise<PresentImage | undefined> {
    try {
      const { image: found } = await cri.call("ImageStatus", { image: { image } });
      return found === undefined ? undefined : toPresent(found);
    } catch (error) {
      throw new ImageError("ImageInspectError", `Failed to inspect image "${image}": ${String(error)}`, error);
    }
  }

  async function pull(pod: Pod, image: string, signal: AbortSignal): Promise<string> {
    let failure: unknown;
    for (const auth of credentialsFor(image, await options.pullSecrets(pod), options.credentials)) {
      try {
        const request = { image: { image }, ...(auth === undefined ? {} : { auth }) };
        const answer = await cri.call("PullImage", request, { timeout: options.timeout ?? 1_800_000, signal });
        return answer.imageRef;
      } catch (error) {
        failure = error;
      }
    }
    const why = failure instanceof CriError ? failure.message : String(failure);
    throw new ImageError("ErrImagePull", `failed to pull and unpack image "${image}": ${why}`, failure);
  }

  /** One pull per image and set of secrets at a time, whoever asks for it. */
  function shared(pod: Pod, image: string, signal: AbortSignal): Promise<string> {
    const secrets = (pod.spec?.imagePullSecrets ?? []).map(({ name }) => name).join(",");
    const key = `${pod.metadata.namespace}/${secrets}/${image}`;
    const running = pulls.get(key);
    if (running !== undefined) return running.done;
    const done = pull(pod, image, signal).finally(() => pulls.delete(key));
    const shown = { image, pod: `${pod.metadata.namespace}/${pod.metadata.name}`, since: now() };
    pulls.set(key, { done, shown });
    return done;
  }

  return {
    ensure: async (pod, container, signal) => {
      const image = container.image ?? "";
      if (!wellFormed.test(image)) {
        throw new ImageError(
          "InvalidImageName",
          `Failed to apply default image tag "${image}": invalid reference format`,
        );
      }
      const policy = pullPolicy(container.imagePullPolicy, image);
      const here = await present(image);
      // A digest names its bytes: once here, no registry can say otherwise, and a restart needs none.
      const fixed = parseImage(image).digest !== undefined;
      if (here !== undefined && (fixed || policy !== "Always")) {
        events.event(pod, "Normal", "Pulled", `Container image "${image}" already present on machine`);
        used.set(here.id, now());
        return here;
      }
      if (policy === "Never") {
        events.event(
          pod,
          "Warning",
          "ErrImageNeverPull",
          `Container image "${image}" is not present with pull policy of Never`,
        );
        throw new ImageError(
          "ErrImageNeverPull",
          `Container image "${image}" is not present with pull policy of Never`,
        );
      }
      events.event(pod, "Normal", "Pulling", `Pulling image "${image}"`);
      const begun = now();
      let id: string;
      try {
        id = await shared(pod, image, signal);
      } catch (error) {
        events.event(pod, "Warning", "Failed", `Failed to pull image "${image}": ${(error as Error).message}`);
        throw error;
      }
      const found = await present(id);
      if (found === undefined) throw new ImageError("ImageInspectError", `image "${image}" vanished after its pull`);
      const took = now() - begun;
      events.event(
        pod,
        "Normal",
        "Pulled",
        `Successfully pulled image "${image}" in ${took < 1000 ? `${took}ms` : goDuration(took)}`,
      );
      log.info({ image, milliseconds: took }, "image pulled");
      used.set(found.id, now());
      return found;
    },
    underWay: () => [...pulls.values()].map(({ shown }) => shown),
    lastUsed: (id) => used.get(id),
  };
}
