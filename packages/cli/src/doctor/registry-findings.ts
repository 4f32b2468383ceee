import type { Finding, InstancePaths } from "@bulkhead/host";
import { type RegistriesFile, RegistriesFileError } from "@bulkhead/images";
import { rootFlag } from "../instance/reach.ts";
import { registryLine } from "../registry/registries-file.ts";

const month = 30 * 86_400_000;

/** What stands out in how registries are reached: a broken file, plain HTTP, authorities that end. */
export function registryFindings(
  file: RegistriesFile | RegistriesFileError,
  now: number,
  paths: Pick<InstancePaths, "root" | "registries">,
): Finding[] {
  if (file instanceof RegistriesFileError)
    return [
      {
        id: "registries-file",
        level: "warning",
        what: `${paths.registries} cannot be taken: ${file.message}`,
        consequence: "nothing in it holds; registries are reached as before it was changed",
        whatToDo: "mend it, or remove it and set them anew with: bulkhead registry set",
      },
    ];
  return [...file].flatMap(([host, settings]): Finding[] => {
    const line = registryLine(host, settings);
    return [
      ...(line.plainHttp
        ? [
            {
              id: "registry-plain-http",
              level: "note" as const,
              what: `${host} is spoken to in plain HTTP`,
              consequence: "whoever is on the way reads pull secrets' passwords and answers for tags",
              whatToDo: `give it a certificate, then: bulkhead registry set ${host} --ca FILE${rootFlag(paths.root)}`,
            },
          ]
        : []),
      ...line.authorities
        .filter(({ validUntil }) => Date.parse(validUntil) < now + month)
        .map(({ subject, validUntil }): Finding => {
          const ended = Date.parse(validUntil) < now;
          return {
            id: "registry-authority-ends",
            level: "warning",
            what: `the authority ${subject} for ${host} ${ended ? "ended" : "ends"} on ${validUntil.slice(0, 10)}`,
            consequence: "no image is pulled from there by it any more",
            whatToDo: `bulkhead registry set ${host} --ca FILE${rootFlag(paths.root)}, with its successor`,
          };
        }),
    ];
  });
}
