import { readFile } from "node:fs/promises";
import type { SignatureFact } from "@bulkhead/api";
import {
  type CollectedVex,
  collectVex,
  loadSignatures,
  policyStatements,
  RegistryError,
  readVex,
  type VexOptions,
  type VexStatement,
} from "@bulkhead/images";
import { compileVexSigners, type VexNeeds } from "@bulkhead/policy";
import { CommandFailure } from "../exit-codes.ts";
import type { RegistryPlaceOf } from "./open-target.ts";
import type { ReportVex, ScanReport } from "./scan-report.ts";

export interface VexChoices {
  /** Documents whose statements settle findings. */
  readonly vex?: readonly string[];
  /** PEM files: what their owners have signed beside the image settles findings. */
  readonly vexKey?: readonly string[];
  /** False: what lies beside the image is not looked at. */
  readonly referrers?: boolean;
  /** What policies say, and whom they trust. */
  readonly vexNeeds?: VexNeeds;
}

/** What lies beside an image at its registry. A mirror need not have it: the registry itself is asked. */
export async function vexBeside(at: RegistryPlaceOf, digest: string | undefined): Promise<readonly CollectedVex[]> {
  const { registries, registry, repository, reference } = at;
  const place = registries.placesOf(registry, repository).at(-1);
  if (place === undefined) return [];
  const digests = new Set(digest === undefined ? [] : [digest]);
  try {
    // What is said of an image of several platforms is said of their index.
    digests.add(
      reference.startsWith("sha256:") ? reference : (await place.client.resolve(repository, reference)).digest,
    );
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
  }
  const signal = AbortSignal.timeout(20_000);
  return Promise.all([...digests].map((each) => collectVex(place.client, { repository, digest: each, signal })));
}

interface KeyFile {
  readonly file: string;
  readonly pem: string;
  readonly keyId: string;
}

async function keyFiles(files: readonly string[] | undefined): Promise<KeyFile[]> {
  if (files === undefined) return [];
  const { parseTrustedKey, TrustError } = await loadSignatures();
  return Promise.all(
    files.map(async (file) => {
      const pem = await readFile(file, "utf8").catch((error: unknown) => {
        throw new CommandFailure(`--vex-key ${file} cannot be read`, 2, error);
      });
      try {
        return { file, pem, keyId: parseTrustedKey(pem).keyId };
      } catch (error) {
        if (!(error instanceof TrustError)) throw error;
        throw new CommandFailure(`--vex-key ${file}: ${error.message}`, 2, error);
      }
    }),
  );
}

/** Everything that is said about an image's flaws, and whose word settles one. */
export async function vexOf(
  { name, digest }: Pick<ScanReport, "name" | "digest">,
  choices: VexChoices,
  beside: readonly CollectedVex[],
): Promise<{ readonly options: VexOptions; readonly read?: ReportVex }> {
  const statements: VexStatement[] = [];
  const documents: ReportVex["documents"][number][] = [];
  const failures: ReportVex["failures"][number][] = [];
  for (const file of choices.vex ?? []) {
    const bytes = await readFile(file).catch((error: unknown) => {
      throw new CommandFailure(`--vex ${file} cannot be read`, 2, error);
    });
    const read = readVex(bytes, "file");
    if (read.form === "unreadable") throw new CommandFailure(`--vex ${file}: ${read.why}`);
    statements.push(...read.statements);
    const author = read.statements[0]?.author ?? "(nobody)";
    documents.push({ from: file, author, statements: read.statements.length, skipped: read.skipped });
  }
  const said = policyStatements(choices.vexNeeds?.said ?? []);
  statements.push(...said);
  for (const author of new Set(said.map((each) => each.author)))
    documents.push({ from: author, author, statements: said.filter((s) => s.author === author).length, skipped: 0 });
  const keys = await keyFiles(choices.vexKey);
  const nameOf = ({ file }: KeyFile): string => `the owner of ${file}`;
  if (beside.length > 0) {
    const { readImageVex, readableTrust } = await loadSignatures();
    const signers = compileVexSigners(choices.vexNeeds?.signers ?? []);
    const trust = readableTrust([...signers.keys, ...keys.map(({ pem }) => pem)], signers.trustRoots);
    const authorsOf = (fact: SignatureFact): readonly string[] => [
      ...signers.authorsOf(fact),
      ...keys.filter(({ keyId }) => fact.signer.type === "key" && fact.signer.keyId === keyId).map(nameOf),
    ];
    for (const each of beside) {
      const found = readImageVex(each, { trust, authorsOf });
      statements.push(...found.statements);
      documents.push(...found.documents.map(({ manifest, ...rest }) => ({ from: manifest, ...rest })));
      failures.push(...found.failures);
    }
  }
  const repository = name.replace(/@sha256:.*$/, "").replace(/:[^/:]*$/, "");
  const index = beside.find((each) => each.digest !== digest)?.digest;
  return {
    options: {
      statements,
      honoured: ["file", "policy"],
      authors: new Set([...(choices.vexNeeds?.authors ?? []), ...keys.map(nameOf)]),
      subject: {
        repository,
        ...(digest === undefined ? {} : { digest }),
        ...(index === undefined ? {} : { index }),
      },
    },
    ...(documents.length + failures.length === 0 ? {} : { read: { documents, failures } }),
  };
}
