import { type Catalogue, requirementsOf } from "./requirement.ts";

export const owasp: Catalogue = {
  note: "a list of risks: each is turned into what would keep it away, and met means that what our controls ask of that holds",
  requirements: requirementsOf(`
K01:2025  Workloads have no settings that open the node
K02:2025  Rights reach no further than needed
K03:2025  Secrets do not lie open
K04:2025  Policies are enforced for the whole cluster
K05:2025  There are walls between parts of the network
K06:2025  Nothing is exposed that should not be
K07:2025  Parts have no known flaws and no wrong settings
K08:2025  No way leads from the cluster into the cloud
K09:2025  Authentication is whole and nowhere left out
K10:2025  Enough is logged, and somebody watches
`),
};
