import { argumentsOf } from "../../../deciders/command-line.ts";
import { plainPath, within } from "../../../deciders/plain-path.ts";
import { containerOf, edited, listed, setting } from "../../../deciders/workload-edits.ts";
import { workloadControl } from "../../control.ts";
import type { PlacedContainer, Workload } from "../../workload.ts";
import { knownWrites, repositoryOf } from "./known-writes.ts";

const flag =
  /^--?(?:\w+[._-])*(?:data|db|storage|logs?|cache|tmp|temp|work)(?:[._-]\w+)*?[._-]?(?:dir|path|home|directory|folder|file)(?:=(\/.+))?$/i;
const variable =
  /(?:^|_)(?:DATA|PGDATA|TMPDIR|CACHE|LOG|LOGS|WORK|STORAGE|STATE)(?:_?(?:DIR|PATH|HOME|DIRECTORY|FOLDER))?$/;

/** Paths that a container's own manifest says it writes to. */
function declaredWrites(placed: PlacedContainer): string[] {
  const words = argumentsOf(placed).map(({ text }) => text);
  const byFlag = words.flatMap((word, i) => {
    const match = flag.exec(word);
    return match === null ? [] : [match[1] ?? words[i + 1] ?? ""];
  });
  const byVariable = (placed.container.env ?? []).flatMap(({ name, value = "" }) =>
    variable.test(name) ? [value] : [],
  );
  return [...byFlag, ...byVariable].filter((path) => path.startsWith("/")).map(plainPath);
}

const writableMounts = ({ container }: PlacedContainer): string[] =>
  (container.volumeMounts ?? [])
    .filter(({ readOnly }) => readOnly !== true)
    .map(({ mountPath }) => plainPath(mountPath));

/** A volume's name that the pod has not yet. */
const freeName = ({ spec }: Workload, name: string): string =>
  (spec.volumes ?? []).some((volume) => volume.name === name) ? freeName({ spec } as Workload, `${name}-1`) : name;

export const workloadWritableRoot = workloadControl({
  id: "workload-writable-root",
  title: "Containers cannot change their own image",
  area: "workloads",
  attack:
    "A program that was broken into stays what it was as long as nothing can be added to it. With a writable root file system an attacker replaces the program's files, drops tools and leaves a way back that lasts until the container is replaced. Most tools that are played in after a break-in count on being written and started.",
  severity: "low",
  severityBecause: "it does not let anyone in, it makes what follows a break-in harder and easier to notice",
  frameworks: {
    nsa: ["pod-security"],
    cis: ["5.6.3"],
    owasp: ["K01:2025"],
    nist: ["4.4.4"],
  },
  check: ({ containers, spec }) => {
    if (spec.os?.name === "windows") return "not-applicable";
    return containers
      .filter(
        ({ container, role }) => role !== "ephemeral" && container.securityContext?.readOnlyRootFilesystem !== true,
      )
      .map(({ name, field }) => ({
        field: `${field}.securityContext.readOnlyRootFilesystem`,
        key: name,
        says: `container ${name} may write to its own root file system`,
        passing: "true",
      }));
  },
  fix: (workload, breach) => {
    const placed = containerOf(workload, breach);
    if (placed === undefined)
      return { kind: "by-hand", why: "the container is not there any more", how: "look at the object again" };
    const known = knownWrites.find(({ image }) => image.test(repositoryOf(placed.container.image ?? "")));
    const mounts = writableMounts(placed);
    const open = (path: string): boolean => !mounts.some((mount) => within(path, mount));
    const scratch = (known?.scratch ?? []).filter(open);
    const lost = [...new Set([...(known?.data ?? []), ...declaredWrites(placed)].filter(open))].filter(
      (path) => !scratch.some((folder) => within(path, folder)),
    );
    const volumes = workload.spec.volumes ?? [];
    const before = placed.container.volumeMounts ?? [];
    const added = scratch.map((mountPath) => ({
      name: freeName(workload, `${placed.name}${mountPath.replaceAll(/[^a-z0-9]+/g, "-")}`),
      mountPath,
    }));
    return edited(
      [
        setting(workload, breach.field, true),
        ...(added.length === 0
          ? []
          : [
              setting(workload, `${placed.field}.volumeMounts`, [...before, ...added]),
              setting(workload, `${workload.prefix}spec.volumes`, [
                ...volumes,
                ...added.map(({ name }) => ({ name, emptyDir: {} })),
              ]),
            ]),
      ],
      {
        ...(lost.length === 0
          ? {}
          : { breaks: `container ${placed.name} writes to ${listed(lost)}, which is on no volume: give it one first` }),
        mind:
          known === undefined
            ? "where the image writes is not known; a program that keeps temporary files wants an emptyDir at /tmp"
            : `what this image is known to write goes to ${scratch.length === 0 ? "its volumes" : `an emptyDir each at ${listed(scratch)}`}`,
      },
    );
  },
});
