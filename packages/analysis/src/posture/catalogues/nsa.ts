import { type Catalogue, requirementsOf } from "./requirement.ts";

/** The guidance numbers nothing: these are its chapters' subjects, under names of ours. */
export const nsa: Catalogue = {
  note: "the guidance numbers nothing; these are the subjects of its chapters, under short names of ours",
  requirements: requirementsOf(`
pod-security  Pods run with few rights, on hardened settings
supply-chain  Images are small, scanned, and of known origin
network-separation  Traffic is denied unless a policy lets it by
control-plane  API server, state and nodes are reached by few, over TLS
secrets  Secrets are encrypted at rest and out of plain sight
authentication-authorization  Nobody is anonymous, and rights are few
audit-logging  What was done is recorded, and kept elsewhere
threat-detection  *Somebody looks at the records and notices what is strange
upgrading  *Fixes are put in soon, tests are regular, what is unused goes
`),
};
