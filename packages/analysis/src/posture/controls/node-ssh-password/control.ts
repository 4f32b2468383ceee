import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const nodeSshPassword = factControl(kinds.nodeFacts, {
  id: "node-ssh-password",
  title: "Nobody signs in to the node with a password alone",
  area: "node",
  attack:
    "SSH to a node leads past the API server, its authorizer and its audit log. Passwords are guessed by machines day and night, and reused from other places that were broken into. A guessed one is a shell on the machine under all containers.",
  severity: "medium",
  severityBecause: "it depends on how good each password is, of which one is enough",
  frameworks: {
    attack: ["T1110", "T1133"],
    nist: ["4.5.4"],
    pci: ["8.4.2"],
  },
  fact: "sshPasswordLogin",
  check: (allowed) => (allowed ? "sshd takes passwords" : undefined),
  passing: "false",
  how: "PasswordAuthentication no in /etc/ssh/sshd_config.d, after every administrator has a key there; keep a second session open while you try",
});
