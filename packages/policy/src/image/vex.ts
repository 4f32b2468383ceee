import type {
  ImageTrustPolicy,
  NamedTrustRoot,
  PolicyVexStatement,
  SignatureFact,
  SigningAuthority,
} from "@bulkhead/api";
import { imageMatches } from "./pattern.ts";
import { ImageReferenceError, parseImageReference } from "./reference.ts";
import { compileAuthority, trustRootIds } from "./signing.ts";

/** What policies say and ask about VEX statements of one image: plain data, for whoever matches it. */
export interface VexNeeds {
  /** Policies' own statements, each under the name of its policy. */
  readonly said: readonly (PolicyVexStatement & { readonly author: string })[];
  /** Whose signature makes an author, and with which trust roots it is verified. */
  readonly signers: readonly {
    readonly author: string;
    readonly authority: SigningAuthority;
    readonly trustRoots: readonly NamedTrustRoot[];
  }[];
  /** Everyone whose word counts for at least one policy. */
  readonly authors: readonly string[];
}

/** The author of a policy's own statements. */
export const policyAuthor = (policy: string): string => `ImageTrustPolicy/${policy}`;

/** The author of what a policy's signer signs. */
export const signerAuthor = (policy: string, signer: string): string => `${policyAuthor(policy)}#${signer}`;

/** Who may say for this policy that an image is not affected. */
export const vexAuthorsOf = ({ metadata, spec }: ImageTrustPolicy): readonly string[] => {
  const rule = spec?.vulnerabilities;
  const name = metadata.name ?? "";
  return [
    policyAuthor(name),
    ...(rule?.vexSigners ?? []).map((signer) => signerAuthor(name, signer.name)),
    // A name that nobody vouches for is nobody's, whoever is listed.
    ...(rule?.vexAuthors ?? []).filter((author) => !author.startsWith("unverified:")),
  ];
};

/** What is needed to read the VEX of an image, by the names under which it runs. */
export function vexNeeds(policies: readonly ImageTrustPolicy[], images: readonly string[]): VexNeeds {
  const named = images.flatMap((image) => {
    try {
      return [parseImageReference(image)];
    } catch (error) {
      if (error instanceof ImageReferenceError) return [];
      throw error;
    }
  });
  const ofName = (a: ImageTrustPolicy, b: ImageTrustPolicy): number =>
    (a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1;
  const sorted = policies.filter((p) => p.spec?.vulnerabilities !== undefined).toSorted(ofName);
  return {
    said: sorted.flatMap(({ metadata, spec }) =>
      (spec.vulnerabilities?.vex ?? [])
        .filter(({ images: of }) => of?.some((pattern) => named.some((image) => imageMatches(pattern, image))) ?? true)
        .map((statement) => ({ ...statement, author: policyAuthor(metadata.name ?? "") })),
    ),
    signers: sorted.flatMap(({ metadata, spec }) =>
      (spec.vulnerabilities?.vexSigners ?? []).map((authority) => {
        const root = authority.keyless?.trustRoot ?? authority.key?.trustRoot;
        return {
          author: signerAuthor(metadata.name ?? "", authority.name),
          authority,
          trustRoots: (spec.trustRoots ?? []).filter(({ name }) => name === root),
        };
      }),
    ),
    authors: [...new Set(sorted.flatMap(vexAuthorsOf))],
  };
}

/** Signers ready to be compared with what was verified. */
export interface VexSigners {
  /** PEM, each once. */
  readonly keys: readonly string[];
  /** Trusted roots in JSON, each once. */
  readonly trustRoots: readonly string[];
  readonly authorsOf: (fact: SignatureFact) => readonly string[];
}

export function compileVexSigners(signers: VexNeeds["signers"]): VexSigners {
  const compiled = signers.map(({ author, authority, trustRoots }) => ({
    author,
    signed: compileAuthority(authority, trustRootIds(trustRoots)).signed,
  }));
  return {
    keys: [...new Set(signers.flatMap(({ authority: { key } }) => (key === undefined ? [] : [key.publicKey])))],
    trustRoots: [...new Set(signers.flatMap(({ trustRoots }) => trustRoots.map((root) => root.trustedRoot)))],
    authorsOf: (fact) => compiled.filter(({ signed }) => signed?.(fact) === "yes").map(({ author }) => author),
  };
}
