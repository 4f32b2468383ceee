import { type ImageVex, loadSignatures, noVex, policyStatements, type VexOptions } from "@bulkhead/images";
import { compileVexSigners } from "@bulkhead/policy";
import type { JobVex, StoredVex } from "./job.ts";

/** What is said about an image, ready to be matched with; and what is to be kept of it for the next time. */
export interface ReadVex {
  readonly options: VexOptions;
  readonly stored?: StoredVex;
}

/**
 * Reads what a job says of an image: policies' own statements, and what lies beside the image, verified anew each time,
 * since policies may name others than before.
 */
export async function readJobVex(
  vex: JobVex | undefined,
  before: StoredVex | undefined,
  image: { readonly digest: string; readonly manifest?: string },
): Promise<ReadVex> {
  if (vex === undefined) return { options: noVex, ...(before === undefined ? {} : { stored: before }) };
  const { needs, repository } = vex;
  const collected = vex.collected ?? before?.collected ?? [];
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
    ...(collected.length === 0
      ? {}
      : {
          stored: {
            collected,
            documents: beside.flatMap(({ documents }) => documents),
            failures: beside.flatMap(({ failures }) => failures),
          },
        }),
  };
}
