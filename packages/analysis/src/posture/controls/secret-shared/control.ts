import { secretUsers } from "../../../deciders/secret-uses.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";

/** From this many workloads on nobody knows any more who holds a credential. */
const many = 5;

export const secretShared = objectControl(kinds.secret, {
  id: "secret-shared",
  title: "A credential is held by few workloads",
  area: "secrets",
  attack:
    "A password that many workloads share leaks with the weakest of them. Whoever takes it acts as all of them, and no log of the service behind it tells which one it was. Changing it means restarting them all at once, so it is put off, and the thief keeps it.",
  severity: "low",
  severityBecause: "it widens what one compromised workload gives away, and needs that one first",
  frameworks: { nsa: ["secrets"], attack: ["T1078"], owasp: ["K03:2025"], pci: ["8.6.3"] },
  check: ({ metadata, type = "Opaque" }, view) => {
    // Certificates and registry credentials are made for many.
    if (type !== "Opaque" && type !== "kubernetes.io/basic-auth" && type !== "kubernetes.io/ssh-auth")
      return "not-applicable";
    const users = view.derive(secretUsers, metadata.namespace ?? "").get(metadata.name ?? "") ?? [];
    return users.length < many
      ? []
      : [
          {
            field: "metadata.name",
            says: `${users.length} workloads use it: ${users.slice(0, 5).join(", ")}${users.length > 5 ? " and others" : ""}`,
          },
        ];
  },
  fix: ({ metadata }) => ({
    kind: "by-hand",
    why: "the service behind the credential must know one account for each workload",
    how: `make an account and a Secret for each workload that uses ${metadata.name}, with the rights that it needs, and delete the shared one`,
  }),
});
