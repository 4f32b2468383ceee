import { imagesIn } from "../../../deciders/image-content.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";
import { workloadsIn } from "../../workload.ts";

const most = 3;
/** What the machine serves itself. */
const own = /^(127\.|\[::1\]|localhost(:|$))/;

export const imageManyRegistries = objectControl(kinds.namespace, {
  id: "image-many-registries",
  title: "The images of a namespace come from few registries",
  area: "images",
  attack:
    "Each registry that images come from can be broken into, bought, shut down or have a project taken over. The more there are, the less anyone watches each of them. One of them is enough to bring a foreign program in, or to keep a pod from starting on the worst day.",
  severity: "low",
  severityBecause: "it widens what has to be trusted, without being a flaw itself",
  frameworks: {
    nsa: ["supply-chain"],
    attack: ["T1204.003"],
    nist: ["4.2.1", "4.1.5"],
  },
  check: ({ metadata }, view) => {
    const workloads = workloadsIn(view, metadata.name ?? "");
    if (workloads.length === 0) return "not-applicable";
    const registries = [
      ...new Set(
        workloads
          .flatMap((workload) => imagesIn(workload))
          .flatMap(({ reference }) =>
            reference === undefined || own.test(reference.registry) ? [] : [reference.registry],
          ),
      ),
    ].toSorted();
    return registries.length <= most
      ? []
      : [
          {
            field: "metadata.name",
            key: "registries",
            says: `its images come from ${registries.length} registries: ${registries.join(", ")}`,
          },
        ];
  },
  fix: () => ({
    kind: "by-hand",
    why: "images have to be copied and their names changed where the manifests are kept",
    how: "copy what you use into a registry of your own, by digest, and let an ImageTrustPolicy list only that one",
  }),
});
