/** Catalogues of requirements that controls answer, by the names they are cited under. */
export const frameworks = {
  pss: { title: "Kubernetes Pod Security Standards", version: "1.36" },
  nsa: { title: "NSA/CISA Kubernetes Hardening Guidance", version: "1.2" },
  cis: { title: "CIS Kubernetes Benchmark", version: "1.11" },
  attack: { title: "MITRE ATT&CK for Containers", version: "17" },
  owasp: { title: "OWASP Kubernetes Top Ten", version: "2025" },
  nist: { title: "NIST SP 800-190", version: "2017" },
  pci: { title: "PCI DSS", version: "4.0.1" },
} as const;
export type FrameworkId = keyof typeof frameworks;
