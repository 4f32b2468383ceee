import { kinds } from "../../../snapshot/kinds.ts";
import { needed } from "../../../snapshot/view.ts";
import { objectControl } from "../../control.ts";

export const certificateWeakKey = objectControl(kinds.controlPlaneFacts, {
  id: "certificate-weak-key",
  title: "Keys of the control plane's certificates are long enough",
  area: "control-plane",
  attack:
    "A certificate is worth as much as the key behind it. RSA keys of fewer than 2048 bits can be computed from the certificate by those who can pay for it. Whoever does so with an authority's key makes himself any identity of the cluster.",
  severity: "high",
  severityBecause: "the key of an authority is every identity, though computing it is costly",
  frameworks: { nsa: ["control-plane"], owasp: ["K09:2025"], pci: ["4.2.1"] },
  check: (object) =>
    needed(object.facts.certificates, object, "certificates").flatMap(({ name, where, keyType, keyBits }, index) =>
      (keyType === "rsa" || keyType === "rsa-pss") && needed(keyBits, object, `certificates[${index}].keyBits`) < 2048
        ? [
            {
              field: `facts.certificates[${index}].keyBits`,
              key: where,
              passing: "2048",
              says: `the certificate ${name} has an RSA key of ${keyBits ?? "unknown"} bits (${where})`,
            },
          ]
        : [],
    ),
  fix: () => ({
    kind: "by-hand",
    why: "keys are made by whoever holds the authority, not by an object of the cluster",
    how: "make the certificate anew with a key of ECDSA P-256 or RSA of 2048 bits and more; for an authority also everything that it signed",
  }),
});
