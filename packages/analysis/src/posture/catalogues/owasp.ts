import { type Catalogue, requirementsOf } from "./requirement.ts";

export const owasp: Catalogue = {
  note: "risks, not requirements: met means that what our controls ask against the risk holds",
  requirements: requirementsOf(`
K01:2025  Workloads with settings that open the node
K02:2025  Rights that reach too far
K03:2025  Secrets that lie open
K04:2025  No policy enforced for the whole cluster
K05:2025  No walls between parts of the network
K06:2025  Parts that are exposed and should not be
K07:2025  Parts with known flaws or wrong settings
K08:2025  A way from the cluster into the cloud
K09:2025  Authentication that is broken or left out
K10:2025  Too little logged, nobody watching
`),
};
