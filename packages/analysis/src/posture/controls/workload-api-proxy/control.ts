import { flagValue, startedBy } from "../../../deciders/command-line.ts";
import { workloadControl } from "../../control.ts";

const local = /^(?:127\.|localhost$|::1$)/;

export const workloadApiProxy = workloadControl({
  id: "workload-api-proxy",
  title: "No pod lends its account to whoever reaches it",
  area: "workloads",
  attack:
    "kubectl proxy answers plain requests with the rights of the account it runs under, and asks nobody who they are. Told to listen on all addresses, it does so for every pod and host that reaches it. An attacker needs no token of their own: they ask the proxy, and the audit log names the pod's account.",
  severity: "high",
  severityBecause: "whoever reaches the port has the account's rights without a password",
  frameworks: {
    nsa: ["authentication-authorization"],
    attack: ["T1133", "T1552.007"],
    owasp: ["K06:2025", "K09:2025"],
    pci: ["8.3.1"],
  },
  check: ({ containers }) =>
    containers.flatMap((placed) =>
      startedBy(placed).flatMap(({ entry, programs }) => {
        const found = programs.find(({ program, args }) => {
          if (program !== "kubectl" || args.find((word) => !word.startsWith("-")) !== "proxy") return false;
          const address = flagValue(args, "--address") ?? "127.0.0.1";
          return !local.test(address);
        });
        return found === undefined
          ? []
          : [
              {
                field: found.field,
                key: `${placed.name} ${entry}`,
                says: `container ${placed.name} opens the API server to the network under the pod's own account`,
              },
            ];
      }),
    ),
  fix: () => ({
    kind: "by-hand",
    why: "who asks through it must get rights of their own first",
    how: "let the proxy listen on 127.0.0.1 for a container of the same pod, or give each client an account of its own and let it speak to kubernetes.default.svc itself",
  }),
});
