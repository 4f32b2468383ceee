import { type Catalogue, requirementsOf } from "./requirement.ts";

/** Countermeasures of the publication's chapter 4, each against the risk of the same number in chapter 3. */
export const nist: Catalogue = {
  note: "the countermeasures of chapter 4",
  requirements: requirementsOf(`
4.1.1  Vulnerabilities in images
4.1.2  Wrong settings in images
4.1.3  *Malware in images
4.1.4  Secrets in images in plain text
4.1.5  Images nobody vouches for
4.2.1  Registries without a safe connection
4.2.2  *Old images in registries
4.2.3  Registries that let too many in
4.3.1  Administrators without bounds
4.3.2  *Access to the orchestrator without leave
4.3.3  Traffic between containers that is not held apart
4.3.4  *Workloads of unequal sensitivity side by side
4.3.5  Nodes that are trusted too far
4.4.1  Vulnerabilities in the runtime
4.4.2  Containers that reach any network
4.4.3  Wrong settings of containers
4.4.4  *Flaws of the applications themselves
4.4.5  *Containers nobody planned
4.5.1  *Hosts with more on them than they need
4.5.2  One kernel for all
4.5.3  Vulnerabilities in the host's parts
4.5.4  *Users on hosts with wrong rights
4.5.5  Files of the host that containers can change
4.6  *Hardware that vouches for what was started
`),
};
