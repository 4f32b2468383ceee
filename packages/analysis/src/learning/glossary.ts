/** A word of the field, in two plain sentences: what it is, and why it matters. */
export interface Term {
  readonly name: string;
  /** Other spellings that people type. */
  readonly also?: readonly string[];
  readonly says: string;
  /** Terms that go with it. */
  readonly see?: readonly string[];
}

/** The glossary of `bulkhead explain`, by name. */
export const terms: readonly Term[] = [
  {
    name: "admission",
    also: ["admission control", "admission controller"],
    says: "The step in which the API server looks at an object before it is stored, and may change or refuse it. It is the last moment to keep something unsafe out, since whatever passes it will be run.",
    see: ["admission webhook", "pod security standards"],
  },
  {
    name: "admission webhook",
    also: ["webhook", "validatingwebhookconfiguration", "mutatingwebhookconfiguration"],
    says: "A program outside the API server that is asked during admission and answers yes, no, or how to change the object. If it may be skipped when it does not answer (failurePolicy: Ignore), whoever stops it has switched the rule off.",
    see: ["admission"],
  },
  {
    name: "advisory",
    also: ["security advisory"],
    says: "A notice by a vendor or a database that names a flaw, the packages it is in, and the versions that mend it. Scanners know only what some advisory says, so a package that nobody writes advisories for looks healthy and is merely unknown.",
    see: ["cve", "osv", "vex"],
  },
  {
    name: "apparmor",
    says: "A part of the Linux kernel that limits by name which files, capabilities and mounts a program may use. A profile that a container runs under still holds after an attacker has taken the program over.",
    see: ["seccomp", "selinux"],
  },
  {
    name: "attestation",
    also: ["provenance"],
    says: "A signed statement about an artefact, such as which source and which builder it came from. It lets a cluster refuse an image that has the right name but was not made the right way.",
    see: ["image signature", "supply chain", "slsa"],
  },
  {
    name: "audit log",
    also: ["audit"],
    says: "The record of who asked the API server for what, and what was answered. Without it nobody can say after a break-in what was read or changed, and with one that can be edited nobody can be sure.",
  },
  {
    name: "baseline",
    says: "A list of findings that were there on some day, kept so that only new ones count from then on. It makes it possible to start strict today without mending the past first, as long as somebody works the list down.",
  },
  {
    name: "capability",
    also: ["capabilities", "linux capability"],
    says: "One slice of root's power on Linux, such as changing the clock (SYS_TIME) or opening raw sockets (NET_RAW). A container should drop all and add back only the ones that it uses, since SYS_ADMIN and a few others are nearly root again.",
    see: ["privileged container", "privilege escalation"],
  },
  {
    name: "cgroup",
    also: ["cgroups", "control group"],
    says: "The kernel's way of counting and limiting processor time, memory and processes of a group of programs. Without limits one container can starve every other on its node.",
    see: ["resource limits"],
  },
  {
    name: "container escape",
    also: ["breakout", "escape to host"],
    says: "Getting from inside a container to the node that it runs on. It takes either a flaw in the kernel or runtime, or a setting that hands out the way, such as privileged mode, a host path or the runtime's socket.",
    see: ["privileged container", "hostpath", "namespaces"],
  },
  {
    name: "cve",
    also: ["common vulnerabilities and exposures"],
    says: "The public number of one known flaw, such as CVE-2024-21626. The number says nothing of how bad it is or whether it touches you: severity, exploitation and whether the code is in use do.",
    see: ["cvss", "epss", "kev"],
  },
  {
    name: "cvss",
    says: "A score from 0 to 10 of how bad a flaw could be, from how it is reached and what it gives. It knows nothing of your installation, so a 9.8 in code that is never loaded can matter less than a 6 on the internet.",
    see: ["cve", "epss"],
  },
  {
    name: "default deny",
    also: ["deny by default"],
    says: "A rule by which everything is refused that nobody has allowed. What is forgotten then stays closed and is noticed soon, instead of staying open and being noticed by somebody else.",
    see: ["network policy", "least privilege"],
  },
  {
    name: "defence in depth",
    also: ["defense in depth"],
    says: "Several independent barriers, so that one that fails is not the end. A container that runs as non-root, without capabilities and without network still holds when its program is taken over.",
  },
  {
    name: "digest",
    also: ["sha256"],
    says: "The checksum of an image, written @sha256:…, which names exactly one content for ever. A tag such as :1.4 can be moved to another image at any time, so only a digest says what really runs.",
    see: ["image tag"],
  },
  {
    name: "drift",
    also: ["configuration drift"],
    says: "The growing difference between how a system was set up and how it is. Each hurried change by hand adds some, and an attacker's change hides among them.",
    see: ["baseline"],
  },
  {
    name: "egress",
    says: "Traffic that leaves a pod. An attacker needs it to fetch tools and to carry data out, so a pod that may only reach what it uses is a poor place to work from.",
    see: ["ingress", "network policy", "metadata service"],
  },
  {
    name: "encryption at rest",
    says: "Encrypting what is written to disk, so that a stolen disk or backup tells nothing. For Kubernetes it means above all that Secrets are sealed in the store, with the key kept somewhere else.",
    see: ["secret", "etcd"],
  },
  {
    name: "epss",
    says: "The estimated probability that a flaw will be exploited somewhere within the next 30 days. It is a forecast over all the world and helps to order work, not to prove that something is safe.",
    see: ["kev", "cvss"],
  },
  {
    name: "etcd",
    says: "The database behind most Kubernetes clusters. Whoever reads it has every Secret that is not encrypted at rest, and whoever writes it owns the cluster.",
    see: ["encryption at rest"],
  },
  {
    name: "exception",
    says: "An object by which somebody accepts one rule being broken by one workload, with a reason, a name and an end. It is better than switching a rule off, because it is small, is seen, and ends by itself.",
  },
  {
    name: "host network",
    also: ["hostnetwork"],
    says: "A pod that uses the node's own network instead of one of its own. It sees the node's traffic, reaches what listens on loopback only, and no NetworkPolicy holds for it.",
    see: ["network policy"],
  },
  {
    name: "hostpath",
    also: ["host path"],
    says: "A volume that is a folder of the node. With a write to the wrong folder a container makes itself root of the node, and with a read it may take the node's keys.",
    see: ["container escape"],
  },
  {
    name: "image signature",
    also: ["signature", "cosign", "sigstore"],
    says: "A proof that the holder of a key, or of an identity, vouches for one image digest. It is worth something only where the cluster refuses what is not signed by whom it expects.",
    see: ["attestation", "digest"],
  },
  {
    name: "image tag",
    also: ["tag", "latest"],
    says: "A name for an image that can be moved, such as :1.4 or :latest. Two pods with the same tag may run different code, and a stolen registry account can move it to something hostile.",
    see: ["digest"],
  },
  {
    name: "ingress",
    says: "Traffic that comes into a pod, and also the Kubernetes object that publishes HTTP to the outside. What is reachable from outside is attacked first, so it should be the smallest part of an application.",
    see: ["egress", "network policy"],
  },
  {
    name: "kev",
    also: ["known exploited vulnerabilities"],
    says: "The list that CISA keeps of flaws that are known to be used in attacks. What stands on it and runs at your place goes before every score.",
    see: ["cve", "epss"],
  },
  {
    name: "kubelet",
    says: "The agent on each node that starts the pods. Its port can run commands in every container, so it must ask who is calling and whether they may.",
  },
  {
    name: "lateral movement",
    says: "Going on from the first system that was taken to others. It feeds on open networks, on credentials that lie about and on accounts that may do more than they need.",
    see: ["network policy", "least privilege"],
  },
  {
    name: "least privilege",
    says: "Giving each program and person only the rights that the work needs. It does not keep anybody out, but decides how much is lost when one of them is taken over.",
    see: ["rbac", "default deny"],
  },
  {
    name: "metadata service",
    also: ["169.254.169.254", "instance metadata"],
    says: "An address in most clouds, 169.254.169.254, at which a machine gets its own credentials. A pod that may reach it can often become the node in the eyes of the cloud.",
    see: ["egress"],
  },
  {
    name: "namespaces",
    also: ["namespace", "linux namespaces"],
    says: "In Kubernetes a room for objects, to which rights, quotas and policies are given; in Linux the kernel's way of giving a process its own view of network, files or users. The first is a border for people and the second for programs, and neither is one unless rules are set on it.",
    see: ["user namespace", "rbac"],
  },
  {
    name: "network policy",
    also: ["networkpolicy"],
    says: "An object that says which pods may talk to which. Pods that none selects may talk to everything, which is why the first one of a namespace should refuse all.",
    see: ["default deny", "egress", "ingress"],
  },
  {
    name: "osv",
    says: "An open format for advisories, and a database of them for language packages and distributions. It names affected versions exactly, so that a program can decide and nobody has to guess from text.",
    see: ["advisory"],
  },
  {
    name: "pod security standards",
    also: ["pss", "pod security", "pod security admission"],
    says: "Three levels of what a pod may be, privileged, baseline and restricted, set by a label on its namespace. Restricted takes away nearly every known way from a container to its node.",
    see: ["admission", "privileged container"],
  },
  {
    name: "privilege escalation",
    also: ["allowprivilegeescalation"],
    says: "Getting more rights than one was given, inside a container by set-user-ID programs or in the cluster by editing roles. Setting allowPrivilegeEscalation: false closes the first, and care with the verbs bind, escalate and impersonate the second.",
    see: ["capability", "rbac"],
  },
  {
    name: "privileged container",
    also: ["privileged"],
    says: "A container that holds all capabilities and sees the node's devices. For whoever gets into it, it is the node.",
    see: ["container escape", "capability"],
  },
  {
    name: "rbac",
    also: ["role-based access control", "role", "clusterrole", "rolebinding"],
    says: "Kubernetes' rules for who may do what: roles list verbs on resources, bindings give them to users and service accounts. Rights only add up and are never taken away by another rule, so one generous binding outweighs all careful ones.",
    see: ["least privilege", "service account"],
  },
  {
    name: "resource limits",
    also: ["limits", "requests"],
    says: "How much memory and processor time a container may use at most, and how much it is promised. They keep a fault or an attack in one container from becoming an outage of all.",
    see: ["cgroup"],
  },
  {
    name: "runtime class",
    also: ["gvisor", "kata", "sandboxed runtime"],
    says: "A name for another way of running a pod's containers, such as in a small virtual machine. It puts a second wall between code that nobody trusts and the kernel that all share.",
  },
  {
    name: "sbom",
    also: ["software bill of materials"],
    says: "A list of everything that is in an artefact, with versions. When a flaw becomes known it answers within seconds whether you have it, and where.",
    see: ["vex", "supply chain"],
  },
  {
    name: "seccomp",
    says: "The kernel's filter for which system calls a program may make. The runtime's default profile takes away some that container escapes have needed, and costs ordinary programs nothing.",
    see: ["apparmor"],
  },
  {
    name: "secret",
    also: ["secrets"],
    says: "An object for passwords, keys and tokens. It is no safer than its readers: whoever may list Secrets, or start a pod in the namespace, has them all.",
    see: ["encryption at rest", "rbac"],
  },
  {
    name: "selinux",
    says: "A part of the Linux kernel that labels every process and file and refuses what the labels do not allow. Containers on such a system stay apart from the node's files even where ordinary permissions would let them.",
    see: ["apparmor"],
  },
  {
    name: "service account",
    also: ["serviceaccount"],
    says: "The identity that a pod has towards the API server. Its token lies in the pod's files unless that is switched off, so whoever takes over the pod acts with its rights.",
    see: ["rbac"],
  },
  {
    name: "slsa",
    says: "Levels that say how well the way from source to artefact is protected. Higher ones mean that not even the builder's own people could slip something in unseen.",
    see: ["attestation", "supply chain"],
  },
  {
    name: "supply chain",
    also: ["software supply chain"],
    says: "All that takes part in making what you run: sources, dependencies, build systems, registries. An attacker who gets in anywhere there is inside every place that the result is used.",
    see: ["sbom", "image signature"],
  },
  {
    name: "user namespace",
    also: ["hostusers", "user namespaces"],
    says: "A Linux namespace in which root inside is an ordinary user outside. With hostUsers: false a process that escapes from its container arrives on the node without any rights.",
    see: ["container escape", "namespaces"],
  },
  {
    name: "vex",
    says: "A statement that a product is, or is not, affected by a flaw that scanners report, and why. It settles a finding for good instead of leaving everybody to look at it again.",
    see: ["sbom", "cve"],
  },
  {
    name: "zero trust",
    says: "Building as if the network were already hostile: every request shows who it is from and is judged by itself. Being inside then opens nothing.",
    see: ["lateral movement", "default deny"],
  },
];
