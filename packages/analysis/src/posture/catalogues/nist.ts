import { type Catalogue, requirementsOf } from "./requirement.ts";

/** Countermeasures of the publication's chapter 4, each against the risk of the same number in chapter 3. */
export const nist: Catalogue = {
  note: "the countermeasures of chapter 4",
  requirements: requirementsOf(`
4.1.1  Images have no known vulnerabilities
4.1.2  Images have no wrong settings
4.1.3  *Images hold no malware
4.1.4  Secrets are not in images in plain text
4.1.5  Only images that somebody vouches for run
4.2.1  Registries are reached by safe connections
4.2.2  *Old images go from registries
4.2.3  Registries let in only whom they must
4.3.1  Administrators have bounds
4.3.2  *Nobody reaches the orchestrator without leave
4.3.3  Traffic between containers is held apart
4.3.4  *Workloads of unequal sensitivity are held apart
4.3.5  Nodes are not trusted too far
4.4.1  The runtime has no known vulnerabilities
4.4.2  Containers reach only the networks they need
4.4.3  Containers have no wrong settings
4.4.4  *Applications' own flaws are kept in bounds
4.4.5  *No container runs that nobody planned
4.5.1  *Hosts have no more on them than they need
4.5.2  The kernel that all share is shielded
4.5.3  The host's parts get their fixes
4.5.4  *Users on hosts have no wrong rights
4.5.5  Containers cannot change the host's files
4.6  *Hardware that vouches for what was started
`),
};
