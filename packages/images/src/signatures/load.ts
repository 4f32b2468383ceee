export type {
  AttestationTrust,
  AttestedRelease,
  BuildDemands,
  ImageVex,
  ImageVexTrust,
  Search,
  SearchLimits,
  SignatureCheck,
  SignatureTrust,
  TrustedKey,
  TrustedRootMaterial,
} from "./index.ts";

/** Finding and verifying signatures, loaded when first asked for: Sigstore's packages take memory that few processes need. */
export const loadSignatures = (): Promise<typeof import("./index.ts")> => import("./index.ts");
