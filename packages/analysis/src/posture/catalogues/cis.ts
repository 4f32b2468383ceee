import { type Catalogue, requirementsOf } from "./requirement.ts";

/** Recommendations of the CIS Kubernetes Benchmark 1.11, by their numbers. */
export const cis: Catalogue = {
  requirements: requirementsOf(`
1.1.1  API server's pod file: mode 600
1.1.2  API server's pod file: root's
1.1.3  Controller manager's pod file: mode 600
1.1.4  Controller manager's pod file: root's
1.1.5  Scheduler's pod file: mode 600
1.1.6  Scheduler's pod file: root's
1.1.7  etcd's pod file: mode 600
1.1.8  etcd's pod file: root's
1.1.9  CNI files: mode 600
1.1.10  CNI files: root's
1.1.11  etcd's data folder: mode 700
1.1.12  etcd's data folder: etcd's
1.1.13  Administrators' credential files: mode 600
1.1.14  Administrators' credential files: root's
1.1.15  scheduler.conf: mode 600
1.1.16  scheduler.conf: root's
1.1.17  controller-manager.conf: mode 600
1.1.18  controller-manager.conf: root's
1.1.19  PKI folder and files: root's
1.1.20  PKI certificates: mode 644
1.1.21  PKI keys: mode 600
1.2.1  API server: nobody is anonymous
1.2.2  API server: no file of fixed tokens
1.2.3  API server: DenyServiceExternalIPs is on
1.2.4  API server: shows the kubelets a certificate
1.2.5  API server: verifies the kubelets' certificates
1.2.6  API server: does not allow everything
1.2.7  API server: authorizes nodes as nodes
1.2.8  API server: authorizes by RBAC
1.2.9  API server: EventRateLimit is on
1.2.10  API server: AlwaysAdmit is off
1.2.11  API server: AlwaysPullImages is on
1.2.12  API server: ServiceAccount admission is on
1.2.13  API server: NamespaceLifecycle is on
1.2.14  API server: NodeRestriction is on
1.2.15  API server: profiling is off
1.2.16  API server: an audit log is written
1.2.17  Audit log: kept 30 days
1.2.18  Audit log: 10 old files kept
1.2.19  Audit log: 100 MB a file
1.2.20  *API server: a request's time is bounded as fits
1.2.21  API server: looks up service accounts of tokens
1.2.22  API server: has a key file of its own for service accounts
1.2.23  API server: shows etcd a certificate
1.2.24  API server: serves over TLS
1.2.25  API server: has an authority for clients
1.2.26  API server: verifies etcd's certificate
1.2.27  API server: encryption at rest is configured
1.2.28  Encryption at rest: with a strong provider
1.2.29  API server: strong ciphers only
1.2.30  API server: tokens of pods are not stretched to a year
1.3.1  *Controller manager: ended pods are cleared away in time
1.3.2  Controller manager: profiling is off
1.3.3  Controller manager: an account for each controller
1.3.4  Controller manager: has a private key for service accounts
1.3.5  Controller manager: gives pods the cluster's authority
1.3.6  Controller manager: kubelets' serving certificates rotate
1.3.7  Controller manager: listens on loopback only
1.4.1  Scheduler: profiling is off
1.4.2  Scheduler: listens on loopback only
2.1  etcd: serves over TLS
2.2  etcd: asks clients for certificates
2.3  etcd: no certificates it signed itself
2.4  etcd: members talk over TLS
2.5  etcd: members ask each other for certificates
2.6  etcd: members have no certificates they signed themselves
2.7  etcd: an authority of its own
3.1.1  *People do not log in with client certificates
3.1.2  *People do not log in with service account tokens
3.1.3  *People do not log in with bootstrap tokens
3.2.1  There is an audit policy
3.2.2  The audit policy has what matters
4.1.1  Kubelet's service file: mode 600
4.1.2  Kubelet's service file: root's
4.1.3  kube-proxy's kubeconfig: mode 600
4.1.4  kube-proxy's kubeconfig: root's
4.1.5  kubelet.conf: mode 600
4.1.6  kubelet.conf: root's
4.1.7  Kubelet's file of authorities: mode 644
4.1.8  Kubelet's file of authorities: root's
4.1.9  Kubelet's configuration: mode 600
4.1.10  Kubelet's configuration: root's
4.2.1  Kubelet: nobody is anonymous
4.2.2  Kubelet: does not allow everything
4.2.3  Kubelet: has an authority for clients
4.2.4  Kubelet: no read-only port
4.2.5  Kubelet: idle streams end
4.2.6  Kubelet: keeps its iptables chains
4.2.7  Kubelet: its node's name is not overridden
4.2.8  *Kubelet: writes as many events as fits
4.2.9  Kubelet: serves over TLS
4.2.10  Kubelet: its client certificate rotates
4.2.11  Kubelet: its serving certificate rotates
4.2.12  Kubelet: strong ciphers only
4.2.13  Kubelet: a pod's processes are bounded
4.2.14  Kubelet: seccomp is on unless a pod says otherwise
4.2.15  Kubelet: only named addresses may reach it
4.3.1  kube-proxy: metrics on loopback only
5.1.1  cluster-admin only where it must be
5.1.2  Few may read Secrets
5.1.3  No wildcards in roles
5.1.4  Few may create pods
5.1.5  Default service accounts are not used
5.1.6  Tokens are mounted only where they are needed
5.1.7  Nobody is in system:masters
5.1.8  Few may bind, impersonate, escalate
5.1.9  Few may create PersistentVolumes
5.1.10  Few may use nodes/proxy
5.1.11  Few may approve certificate requests
5.1.12  Few may change webhook configurations
5.1.13  Few may issue tokens of service accounts
5.2.1  Some policy decides on pods
5.2.2  Privileged containers are kept out
5.2.3  Processes of the node are kept out
5.2.4  IPC of the node is kept out
5.2.5  The node's network is kept out
5.2.6  Gaining rights is kept out
5.2.7  Root is kept out of containers
5.2.8  NET_RAW is kept out
5.2.9  Added capabilities are kept out
5.2.10  Capabilities are dropped where none is needed
5.2.11  Windows host processes are kept out
5.2.12  hostPath volumes are kept out
5.2.13  Ports of the node are kept out
5.3.1  The network plugin enforces NetworkPolicies
5.3.2  Every namespace has NetworkPolicies
5.4.1  Secrets as files, not as environment
5.4.2  *Whether Secrets belong in a store outside was thought about
5.5.1  Images are admitted by where they come from
5.6.1  *Namespaces divide what different people own
5.6.2  Pods have the runtime's seccomp profile
5.6.3  Pods and containers have a securityContext
5.6.4  The namespace default is empty
`),
};
