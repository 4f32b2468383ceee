import { ruleControl } from "../../../access/rule-control.ts";

export const accessSystemConfig = ruleControl({
  id: "access-system-config",
  title: "No role rewrites the configuration of the cluster's own parts",
  attack:
    "ConfigMaps of kube-system hold how names are resolved, which front proxies are believed and, on some clouds, who is administrator. A holder edits the DNS so that every Service's name leads to them, or maps an outside identity to administrators. All workloads then hand their traffic and passwords over by themselves.",
  severity: "high",
  severityBecause: "it turns the DNS or the list of administrators of the whole cluster",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    attack: ["T1098"],
  },
  power: "system-config",
  mind: "a controller that keeps state in ConfigMaps needs them in its own namespace or by their names",
});
