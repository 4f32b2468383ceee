import { systemNamespaces } from "../../../deciders/policy-rules.ts";
import { credentialIn, secretSettings, secretUnder } from "../../../deciders/secret-values.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";

export const secretInConfigMap = objectControl(kinds.configMap, {
  id: "secret-in-config-map",
  title: "ConfigMaps hold no secrets",
  area: "secrets",
  attack:
    "A ConfigMap is for settings that anyone may see: the usual read-only role of a cluster reads all of them and no Secret. A password or key that lies in one is readable by every such account and stands unencrypted in the store and its backups. An attacker with the smallest foothold lists ConfigMaps first.",
  severity: "high",
  severityBecause: "roles made to keep secrets from readers give this one away",
  frameworks: {
    nsa: ["secrets"],
    attack: ["T1552.001", "T1552.007"],
    owasp: ["K03:2025"],
    pci: ["8.6.2"],
  },
  check: ({ metadata, data }) => {
    if (systemNamespaces.has(metadata.namespace ?? "") || metadata.name === "kube-root-ca.crt") return [];
    return Object.entries(data ?? {}).flatMap(([name, value]) => {
      const field = `data["${name}"]`;
      const whole = value.includes("\n") ? credentialIn(value) : secretUnder(name, value);
      if (whole !== undefined) return [{ field, key: name, says: `key ${name} holds ${whole}` }];
      const settings = value.includes("\n") ? secretSettings(value) : [];
      return settings.length === 0
        ? []
        : [{ field, key: name, says: `the file ${name} sets ${settings.slice(0, 3).join(", ")} to literal values` }];
    });
  },
  fix: ({ metadata }, breach) => ({
    kind: "by-hand",
    why: "the value is known to all readers by now and must be replaced where it came from",
    how: `make a Secret with a new value, mount it where ${metadata.name} is mounted or let the program read it beside it, remove ${breach.field}, and revoke the old value`,
  }),
});
