import { type ApiVersionUse, apiVersionItems, minorOf, stableUses } from "@bulkhead/analysis";
import type { Gathered } from "@bulkhead/controllers";
import { readFiles } from "../check/read-files.ts";
import { CommandFailure } from "../exit-codes.ts";

/** The API versions that manifests are written in; nothing else of what could grow old is said by them. */
export async function gatherManifests(
  paths: readonly string[],
  input: AsyncIterable<Buffer>,
  release: string | undefined,
): Promise<Gathered> {
  const server = release === undefined ? undefined : minorOf(release.startsWith("v") ? release : `v${release}`);
  if (release !== undefined && server === undefined)
    throw new CommandFailure(`--server-version ${release}: write a release of Kubernetes: 1.36`);
  const { manifests, problems } = await readFiles(paths, input);
  if (manifests.length === 0 && problems.length === 0)
    throw new CommandFailure(`there is no object in ${paths.join(", ")}`);
  const uses = manifests.map(
    ({ object, file, firstLine }): ApiVersionUse => ({
      apiVersion: object.apiVersion,
      kind: object.kind,
      where: `${object.kind} ${object.metadata.name ?? ""}`.trim(),
      by: `${file}:${firstLine}`,
    }),
  );
  return {
    subjects: [],
    others: apiVersionItems(uses, server),
    unseen: [
      ...problems.map(({ file, line, says }) => ({ what: `${file}:${line}`, why: says })),
      {
        what: "everything but API versions",
        why: `manifests say nothing of it (${stableUses(uses)} kinds are written in versions against which nothing is known; ${server === undefined ? "what is gone by 1.36 counts as gone: --server-version" : `held against 1.${server}`})`,
      },
    ],
  };
}
