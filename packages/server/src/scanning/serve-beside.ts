import { type CollectedVex, collectVex, createRegistries, signaturePlaces } from "@bulkhead/images";
import type { JobAnswer } from "./job.ts";
import { type BesideJob, besideLimit } from "./job.ts";

const bytesOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value), "utf8");

/** Asks a registry for what lies beside an image: in short how much, and the whole for the worker that looks into it. */
export async function answerBeside({ registry, repository, digest, reach, patience }: BesideJob): Promise<JobAnswer> {
  const { authorities, plainHttp, mirrors, token, timeout } = reach;
  const registries = createRegistries({
    authorities,
    plainHttp,
    mirrors: { [registry]: mirrors },
    tokensFor: token === undefined ? {} : { [registry]: async () => token },
    timeout,
  });
  const found = bounded(
    await collectVex(signaturePlaces(registries, registry, repository), {
      repository,
      digest,
      signal: AbortSignal.timeout(patience),
    }),
  );
  const unanswered = found.failures.some(({ reason }) => reason === "unreachable" || reason === "unauthorized");
  return {
    short: bytesOf({ carried: found.carried.length, failures: found.failures.length, unanswered }),
    whole: bytesOf(found),
  };
}

/** A manifest's annotations may be as long as a manifest. */
function bounded(found: CollectedVex): CollectedVex {
  if (bytesOf(found).length <= besideLimit) return found;
  return { digest: found.digest, carried: [], failures: [...found.failures.slice(0, 64), { reason: "too-large" }] };
}
