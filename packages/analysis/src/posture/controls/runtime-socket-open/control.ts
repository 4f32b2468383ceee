import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const runtimeSocketOpen = factControl(kinds.nodeFacts, {
  id: "runtime-socket-open",
  title: "Only root may open the socket of the container runtime",
  area: "runtime",
  attack:
    "Whoever may write to the socket of containerd or Docker starts containers as root, with any folder of the machine inside. A user in the group docker, or a service account of a CI runner, thus is root of the node. No password is asked for and no record of the cluster shows it.",
  severity: "critical",
  severityBecause: "opening the socket is being root of the node",
  frameworks: {
    attack: ["T1611", "T1610"],
    nist: ["4.5.4"],
    owasp: ["K06:2025"],
    nsa: ["authentication-authorization"],
  },
  fact: "openRuntimeSockets",
  check: (sockets) =>
    sockets.map((socket) => ({ key: socket.split(" ")[0] ?? socket, says: `${socket} may start containers as root` })),
  passing: "[]",
  how: "take the members out of the group, chmod 660 and chgrp root the socket; give people an identity of the API server instead",
});
