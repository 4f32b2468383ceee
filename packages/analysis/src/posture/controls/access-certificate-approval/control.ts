import { ruleControl } from "../../../access/rule-control.ts";

export const accessCertificateApproval = ruleControl({
  id: "access-certificate-approval",
  title: "No role approves or signs client certificates of the cluster's own signers",
  attack:
    "A client certificate of the cluster's signer makes its bearer the user and the groups that stand in it. A holder asks for one with any name, approves it, and has an identity that no role listing shows. It cannot be revoked and lasts as long as it was signed for.",
  severity: "critical",
  severityBecause: "any name can be had, and nothing revokes it",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025", "K09:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    cis: ["5.1.11"],
    attack: ["T1078", "T1098"],
  },
  power: "certificates",
});
