import { type Catalogue, type Requirement, requirementsOf } from "./requirement.ts";

const against = (lines: string): readonly Requirement[] =>
  requirementsOf(lines).map(({ title, ...rest }) => ({
    ...rest,
    title: `Against: ${title.charAt(0).toLowerCase()}${title.slice(1)}`,
  }));

/** Techniques (and those below them that say something of their own) of the matrix for containers. */
export const attack: Catalogue = {
  note: "techniques, not requirements: met means that what our controls ask against the technique holds",
  requirements: against(`
T1036.005  A name or place that looks like one of yours
T1036.010  An account named like one of yours
T1046  Looking for what listens on the network
T1053.007  A job that the orchestrator starts again and again
T1068  A flaw used to gain rights
T1069  Looking for who is in which group
T1070  Traces removed
T1078  Accounts that are valid, used by somebody else
T1078.001  Accounts that came with the product
T1078.003  Accounts of the machine
T1098  Accounts changed to keep a way in
T1098.006  Roles added to an account in the cluster
T1110  Passwords tried out
T1133  Remote services open to outside
T1136.001  A new account on the machine
T1190  A flaw in something that is public
T1204.003  An image that does harm, run by whoever trusts it
T1485  Data destroyed
T1490  Backups and ways back destroyed
T1496  Your machines used for somebody else's work
T1498  The network flooded
T1499  A machine or a service worn out
T1525  Harm put into an image of yours
T1528  An application's token stolen
T1543.005  A container made to start with the machine
T1550.001  A stolen token used
T1552.001  Credentials in files
T1552.007  Credentials from the API of the orchestrator or the runtime
T1562.001  Defences switched off or changed
T1609  A command run in a container through the API
T1610  A container of the attacker's
T1611  Out of the container, onto the node
T1612  An image built on the node
T1613  Looking for containers and what else the cluster has
`),
};
