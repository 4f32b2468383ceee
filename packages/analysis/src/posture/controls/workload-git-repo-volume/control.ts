import { brokenRule, ruleBreach } from "../../../deciders/pod-security-rule.ts";
import { workloadControl } from "../../control.ts";

const rule = "restrictedVolumes";

export const workloadGitRepoVolume = workloadControl({
  id: "workload-git-repo-volume",
  title: "Pods use no gitRepo volumes",
  area: "workloads",
  attack:
    "A gitRepo volume has the kubelet run git on the node, as root, with a repository that the pod names. A repository made for it carries hooks or paths that git runs or follows (CVE-2024-10220, CVE-2025-1767). Whoever may write a pod runs code as root on the node.",
  severity: "critical",
  severityBecause: "code from a repository runs as root on the node, and the volume type gets no more fixes",
  frameworks: {
    pss: ["restricted/restrictedVolumes"],
    nsa: ["pod-security"],
    attack: ["T1611"],
    owasp: ["K01:2025", "K07:2025"],
    nist: ["4.4.3"],
  },
  check: (workload, view) =>
    brokenRule(workload, view, "restricted", rule)
      .filter(({ field }) => field.endsWith(".gitRepo"))
      .map((broken) => {
        const name =
          workload.spec.volumes?.find((_, i) => broken.field.endsWith(`spec.volumes[${i}].gitRepo`))?.name ?? "";
        return ruleBreach(
          broken,
          "restricted",
          rule,
          `volume ${name} has the kubelet clone a repository as root of the node`,
          name,
        );
      }),
  fix: (_, breach) => ({
    kind: "by-hand",
    why: "the files of the repository must come into the pod by another way, and which program brings them is yours to choose",
    how: `make volume ${breach.key ?? ""} an emptyDir and clone into it with an init container that runs git as an ordinary user, or put the files into the image`,
  }),
});
