import {
  type CollectedVex,
  type ImageVex,
  loadSignatures,
  noVex,
  policyStatements,
  type VexOptions,
} from "@bulkhead/images";
import { compileVexSigners } from "@bulkhead/policy";
import type { JobVex, StoredVex } from "./job.ts";

/** What is said about an image, ready to be matched with; and what is to be kept of it for the next time. */
export interface ReadVex {
  readonly options: VexOptions;
  readonly stored?: StoredVex;
  /** What lies beside the image could not be read, where somebody's signed word there would count. */
  readonly unknown: boolean;
}

/**
 * Reads what a job says of an image: policies' own statements, and what lies beside the image, verified anew each time,
 * since policies may name others than before.
 */
export async function readJobVex(
  vex: JobVex | undefined,
  /** What lies beside the image as it was just collected, JSON. */
  fresh: Uint8Array | undefined,
  before: StoredVex | undefined,
  image: { readonly digest: string; readonly manifest?: string },
): Promise<ReadVex> {
  if (vex === undefined) return { options: noVex, unknown: false, ...(before === undefined ? {} : { stored: before }) };
  const { needs, repository } = vex;
  const collected = fresh === undefined ? (before?.collected ?? []) : collectedOf(fresh);
  const unread = vex.beside === "unread" || (fresh === undefined && before?.unread === true);
  const beside: Pick<ImageVex, "documents" | "failures">[] = [];
  const statements = policyStatements(needs.said);
  if (collected.length > 0) {
    const { readImageVex, readableTrust } = await loadSignatures();
    const { keys, trustRoots, authorsOf } = compileVexSigners(needs.signers);
    const trust = readableTrust(keys, trustRoots);
    for (const each of collected) {
      const read = readImageVex(each, { trust, authorsOf });
      beside.push(read);
      statements.push(...read.statements);
    }
  }
  const { digest, manifest = digest } = image;
  return {
    options: {
      statements,
      honoured: ["policy"],
      authors: new Set(needs.authors),
      subject: { digest: manifest, index: digest, ...(repository === undefined ? {} : { repository }) },
    },
    unknown: unread && needs.signers.length > 0,
    ...(collected.length === 0 && !unread
      ? {}
      : {
          stored: {
            collected,
            ...(unread ? { unread } : {}),
            documents: beside.flatMap(({ documents }) => documents),
            failures: [
              ...beside.flatMap(({ failures }) => failures),
              ...(unread ? [{ reason: "unread" as const }] : []),
            ],
          },
        }),
  };
}

/** Another worker's answer about this image, which nobody looked into on its way. */
function collectedOf(bytes: Uint8Array): readonly CollectedVex[] {
  const found = JSON.parse(Buffer.from(bytes).toString("utf8")) as CollectedVex;
  return found.carried.length + found.failures.length === 0 ? [] : [found];
}
