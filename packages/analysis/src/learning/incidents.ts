/** A break-in or a flaw that really happened, and which of our controls stand against its steps. */
export interface Incident {
  readonly id: string;
  readonly name: string;
  readonly year: number;
  /** What happened, in two or three plain sentences. */
  readonly says: string;
  /** CVEs that belong to it. */
  readonly cves: readonly string[];
  /** Controls that would have been in its way, by their ids. */
  readonly controls: readonly string[];
  /** What of Bulkhead's own defaults stops it, in a sentence. */
  readonly stands: string;
  readonly source: string;
  /** The exercise that shows such a move fail. */
  readonly exercise: string;
}

export const incidents: readonly Incident[] = [
  {
    id: "tesla-dashboard",
    name: "A Kubernetes dashboard without a password",
    year: 2018,
    says: "A car maker's Kubernetes dashboard was open to the internet and asked for no password. Whoever found it read cloud credentials from a pod's environment and mined coins on the cluster.",
    cves: [],
    controls: ["access-anonymous", "access-everyone", "network-load-balancer-open", "secret-in-env", "workload-miner"],
    stands:
      "Nothing is reachable from outside unless a Service and a policy say so, and nobody without a credential may do anything.",
    source: "https://redlock.io/blog/cryptojacking-tesla",
    exercise: "token-opens-nothing",
  },
  {
    id: "metadata-ssrf",
    name: "A bank's metadata service read through a web application",
    year: 2019,
    says: "A web application could be made to fetch any address, and was made to fetch the cloud's metadata service. That handed out the machine's role, and the role could read over a hundred million customers' records.",
    cves: [],
    controls: ["network-metadata", "network-egress-any", "network-default-deny-egress"],
    stands: "The metadata addresses are closed to pods on the node itself, whatever policies say.",
    source: "https://www.justice.gov/usao-wdwa/united-states-v-paige-thompson",
    exercise: "metadata-closed",
  },
  {
    id: "runc-overwritten",
    name: "The runtime overwritten from inside a container",
    year: 2019,
    says: "A container could open the runtime's own program through /proc and write it over. The next start of any container then ran the intruder's program as root of the node.",
    cves: ["CVE-2019-5736"],
    controls: ["runtime-unfixed-escape", "workload-run-as-root", "workload-host-users"],
    stands:
      "Pods run in user namespaces, in which root is nobody on the node, and the runtime's version is held against its advisories.",
    source: "https://nvd.nist.gov/vuln/detail/CVE-2019-5736",
    exercise: "user-namespace",
  },
  {
    id: "kubelet-anonymous-miners",
    name: "Kubelets that answered anybody",
    year: 2021,
    says: "A group looked for kubelets on the internet that let anonymous callers run commands in their containers. From one pod it scanned its neighbours' kubelets, and mined on all of them.",
    cves: [],
    controls: [
      "kubelet-anonymous-auth",
      "kubelet-authorization",
      "kubelet-read-only-port",
      "node-listeners",
      "workload-miner",
    ],
    stands:
      "The node's agent listens on loopback only and answers nothing but the API server's certificate; pods do not reach the node.",
    source: "https://unit42.paloaltonetworks.com/hildegard-malware-teamtnt/",
    exercise: "node-closed",
  },
  {
    id: "siloscape",
    name: "From a web server's flaw to the cluster's credentials",
    year: 2021,
    says: "Malware came in through flaws of web servers, broke out of its Windows container, and used the node's credentials to create workloads all over the cluster.",
    cves: [],
    controls: [
      "image-exploited",
      "image-critical-fixable",
      "workload-windows-host-process",
      "access-workloads-everywhere",
    ],
    stands: "A node's identity is held to its own pods, and creates none.",
    source: "https://unit42.paloaltonetworks.com/siloscape/",
    exercise: "token-opens-nothing",
  },
  {
    id: "external-ip-takeover",
    name: "Somebody else's address on a Service",
    year: 2020,
    says: "Whoever may create a Service may claim any address as its external one, and the cluster's traffic to that address then comes to their pod. The flaw is in the design and is mended by refusing such Services.",
    cves: ["CVE-2020-8554"],
    controls: ["network-external-ips", "api-external-ips"],
    stands: "A Service with an external address is refused unless its writer may manage them.",
    source: "https://nvd.nist.gov/vuln/detail/CVE-2020-8554",
    exercise: "traffic-denied",
  },
  {
    id: "rbac-buster",
    name: "A backdoor made of roles",
    year: 2023,
    says: "Intruders came in through an API server that let anonymous callers do too much. They made a ClusterRole with almost all rights and an account with a harmless name in kube-system, and bound the two, so that closing the first door did not put them out.",
    cves: [],
    controls: [
      "access-anonymous",
      "api-anonymous-auth",
      "access-everything",
      "access-account-cluster-admin",
      "namespace-system",
    ],
    stands:
      "Anonymous callers see nothing but health, rights cannot be given by whoever lacks them, and every binding stands in a log that cannot be quietly changed.",
    source: "https://www.aquasec.com/blog/leveraging-kubernetes-rbac-to-backdoor-clusters/",
    exercise: "token-opens-nothing",
  },
  {
    id: "scarleteel",
    name: "From a notebook's container to the whole cloud account",
    year: 2023,
    says: "A flaw in a public application gave a shell in a pod. The pod's way to the metadata service gave cloud credentials, those gave stored state with more credentials, and with them proprietary code was taken.",
    cves: [],
    controls: ["network-metadata", "network-egress-any", "image-critical-fixable", "secret-in-config-map"],
    stands: "Metadata is closed to pods, and egress is denied until a policy allows it.",
    source: "https://sysdig.com/blog/cloud-breach-terraform-data-theft/",
    exercise: "metadata-closed",
  },
  {
    id: "leaky-vessels",
    name: "Leaky Vessels: a working directory that led to the host",
    year: 2024,
    says: "runc left a descriptor of the host open while it started a container. An image or a command whose working directory named that descriptor began its life on the host's file system.",
    cves: ["CVE-2024-21626"],
    controls: ["runtime-unfixed-escape", "image-not-trusted", "access-exec"],
    stands: "Only trusted images run, in user namespaces, and doctor names an unfixed escape in its first line.",
    source: "https://nvd.nist.gov/vuln/detail/CVE-2024-21626",
    exercise: "image-from-elsewhere",
  },
  {
    id: "xz-backdoor",
    name: "A backdoor in a compression library",
    year: 2024,
    says: "Over two years somebody won the trust of a small project and put a backdoor into its release files that opened sshd. It was found by chance, weeks before it would have been in every stable distribution.",
    cves: ["CVE-2024-3094"],
    controls: ["image-malicious-package", "workload-ssh-daemon", "image-policy-not-enforced"],
    stands: "Images are read for malicious packages before their first start, and no shell or sshd is needed in them.",
    source: "https://nvd.nist.gov/vuln/detail/CVE-2024-3094",
    exercise: "image-from-elsewhere",
  },
  {
    id: "ingress-nightmare",
    name: "IngressNightmare: an admission webhook that ran what it was sent",
    year: 2025,
    says: "The admission webhook of a widespread ingress controller could be made to load a library by anyone who reached it, from any pod. The controller's account could read Secrets of all namespaces.",
    cves: ["CVE-2025-1974", "CVE-2025-1097", "CVE-2025-1098", "CVE-2025-24514"],
    controls: [
      "access-secrets-everywhere",
      "network-default-deny-ingress",
      "network-ingress-from-all",
      "network-ingress-snippet",
    ],
    stands:
      "A pod is reached only by whom a policy names, and an account that reads every Secret is a critical finding.",
    source: "https://kubernetes.io/blog/2025/03/24/ingress-nginx-cve-2025-1974/",
    exercise: "traffic-denied",
  },
  {
    id: "tags-moved",
    name: "Tags that were moved to a thief's commit",
    year: 2025,
    says: "All version tags of a popular build action were pointed at code that wrote the build's secrets into its log. Who had named a digest instead of a tag was not touched.",
    cves: ["CVE-2025-30066"],
    controls: ["image-not-pinned", "image-tag-latest", "image-pull-policy", "image-policy-not-enforced"],
    stands:
      "Tags are resolved once and pinned to a digest, and a policy can ask for a signature that a moved tag does not have.",
    source: "https://nvd.nist.gov/vuln/detail/CVE-2025-30066",
    exercise: "image-from-elsewhere",
  },
  {
    id: "runc-masked-paths",
    name: "Masked paths that were swapped while they were mounted",
    year: 2025,
    says: "Three races in how runc hides parts of /proc let a container have them mounted for writing. Writing there changes the node's kernel, and so runs a program outside of every container.",
    cves: ["CVE-2025-31133", "CVE-2025-52565", "CVE-2025-52881"],
    controls: ["runtime-unfixed-escape", "workload-host-users", "workload-run-as-root"],
    stands:
      "In a user namespace those files belong to nobody in the container, and doctor names a runtime that still has the flaw.",
    source: "https://nvd.nist.gov/vuln/detail/CVE-2025-31133",
    exercise: "user-namespace",
  },
];
