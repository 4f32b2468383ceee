import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const nodeFileModes = factControl(kinds.nodeFacts, {
  id: "node-file-modes",
  title: "Keys and settings of the cluster are readable by their owners only",
  area: "node",
  attack:
    "Private keys, kubeconfigs and the state lie in files. A mode that is too open lets any user of the machine, or a pod with a careless hostPath, read a key or change what the node allows. Whoever reads the key of an authority makes himself any identity.",
  severity: "high",
  severityBecause: "one readable key is an identity, often of the whole cluster",
  frameworks: {
    cis: ["1.1.11", "1.1.12", "1.1.13", "1.1.14", "1.1.19", "1.1.21"],
    nsa: ["control-plane"],
    attack: ["T1552.001"],
    owasp: ["K03:2025"],
    nist: ["4.5.4"],
  },
  fact: "files",
  check: (files) =>
    files.flatMap(({ path, mode, uid, most, owner }, index) => {
      const open = Number.parseInt(mode, 8) & 0o777 & ~Number.parseInt(most, 8);
      const strange = uid !== 0 && uid !== owner;
      return [
        ...(open === 0
          ? []
          : [{ at: `[${index}].mode`, key: path, says: `${path} has the mode ${mode}, more than ${most}` }]),
        ...(strange ? [{ at: `[${index}].uid`, key: `${path} uid`, says: `${path} belongs to user ${uid}` }] : []),
      ];
    }),
  how: "chmod and chown the file as named; for files of a Bulkhead instance run bulkhead up again, which sets what it made; then change the keys that were open",
});
