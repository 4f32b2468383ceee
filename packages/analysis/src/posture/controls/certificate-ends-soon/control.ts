import { kinds } from "../../../snapshot/kinds.ts";
import { needed } from "../../../snapshot/view.ts";
import { objectControl } from "../../control.ts";

const day = 86_400_000;
/** Those that nobody makes anew are told this many days ahead; the others when whoever should is late. */
const ahead = 30;
const late = 3;

export const certificateEndsSoon = objectControl(kinds.controlPlaneFacts, {
  id: "certificate-ends-soon",
  title: "No certificate of the control plane ends soon",
  area: "control-plane",
  attack:
    "Certificates are how the parts of a cluster know each other, and each of them ends on its day. An authority or server certificate that runs out stops kubelets, controllers and people at once. In the hurry checks are switched off or keys are copied about, and those doors stay open.",
  severity: "medium",
  severityBecause: "it stops the cluster rather than opening it, on a day that is known",
  frameworks: { nsa: ["control-plane"], owasp: ["K09:2025"], pci: ["4.2.1"] },
  check: (object, view) =>
    needed(object.facts.certificates, object, "certificates").flatMap(
      ({ name, where, notAfter, renewedWithDaysLeft }, index) => {
        const left = Math.floor((Date.parse(notAfter) - view.now()) / day);
        const least = renewedWithDaysLeft === undefined ? ahead : Math.max(0, renewedWithDaysLeft - late);
        if (left >= least) return [];
        const when = left < 0 ? `ended ${notAfter.slice(0, 10)}` : `ends in ${left} days, ${notAfter.slice(0, 10)}`;
        const why = renewedWithDaysLeft === undefined ? "" : ", and should have been made anew by now";
        return [
          {
            field: `facts.certificates[${index}].notAfter`,
            key: where,
            says: `the certificate ${name} ${when}${why} (${where})`,
          },
        ];
      },
    ),
  fix: () => ({
    kind: "by-hand",
    why: "certificates are made by whoever holds the authority, not by an object of the cluster",
    how: "Bulkhead: bulkhead up makes those of an instance anew (its authorities are to be planned: everything that trusts them has to learn of the new one); kubeadm: kubeadm certs renew all, then restart the control plane's pods",
  }),
});
