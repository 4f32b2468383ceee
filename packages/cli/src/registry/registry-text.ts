import type { RegistryChange, RegistryList, RegistryTrust } from "../commands/registry.ts";
import { columns, harmless, paint } from "../output/print.ts";
import type { RegistryLine } from "./registries-file.ts";

const warn = (text: string): string => `${paint("yellow", "!")} ${text}`;

/** What one gives up with plain HTTP: said whenever it is set. */
const plainHttpWarning = (host: string): string =>
  warn(
    `${host} is spoken to in plain HTTP: whoever is on the way reads the pull secrets' passwords, and answers for a tag with any digest. What is written with its digest is still checked.`,
  );

function how({ host, mirrors, authorities, plainHttp }: RegistryLine): string[] {
  return [
    ...(mirrors.length === 0 ? [] : [`  first at ${mirrors.join(", then ")}, then itself`]),
    ...authorities.map(
      ({ subject, validUntil }) => `  over TLS of the authority ${harmless(subject)}, until ${validUntil.slice(0, 10)}`,
    ),
    ...(plainHttp ? [plainHttpWarning(host)] : []),
  ];
}

/** What `bulkhead registry set` and `remove` did, for a person. */
export function changeText({ did, file, registry, trustCommand }: RegistryChange): string {
  const { host, mirrors } = registry;
  const done = paint("green", "✓");
  if (did === "unchanged") return `${done} ${host}: nothing changed in ${file}`;
  if (did === "removed")
    return `${done} ${host} is reached as any other again: itself alone, over TLS of a public authority`;
  return [
    `${done} ${host} is reached from now on`,
    ...how(registry),
    ...(mirrors.length === 0
      ? []
      : ["  A mirror says what a tag stands for, as the registry would; it is shown no credential but its own."]),
    ...(trustCommand === undefined
      ? []
      : [warn(`that is how, not whether: no image of ${host} may run here yet. To let them: ${trustCommand}`)]),
  ].join("\n");
}

const trustWord: Readonly<Record<RegistryTrust, string>> = {
  trusted: "yes",
  "not-trusted": "no",
  unknown: "unknown",
};

/** `bulkhead registry list` for a person. */
export function listText({ registries, file }: RegistryList): string {
  if (registries.length === 0)
    return `every registry is reached itself, over TLS of a public authority (${file} names none); to change that: bulkhead registry set HOST`;
  return columns([
    ["REGISTRY", "MIRRORS", "AUTHORITY", "PLAIN HTTP", "MAY RUN"].map((c) => paint("dim", c)),
    ...registries.map(({ host, mirrors, authorities, plainHttp, trust }) => [
      host,
      mirrors.length === 0 ? "-" : mirrors.join(" "),
      authorities.length === 0
        ? "public"
        : authorities
            .map(({ subject, validUntil }) => `${harmless(subject)} (until ${validUntil.slice(0, 10)})`)
            .join("; "),
      plainHttp ? paint("yellow", "yes") : "no",
      trustWord[trust],
    ]),
  ]);
}
