import type { Offer } from "../parts/debian-archive.ts";
import type { InstalledPart, PartsManifest } from "../parts/install-parts.ts";
import { type KnownEscape, knownEscapes } from "./escapes.ts";
import type { Finding } from "./finding.ts";
import { compareDebianVersions, upstreamOf } from "./versions.ts";

/**
 * Whether a part has the flaw. A distribution repairs old versions: what its changelog names is repaired whatever the
 * number says; only what it does not name is judged by upstream's number.
 */
export function hasEscape(part: Pick<InstalledPart, "version" | "changelogNames">, escape: KnownEscape): boolean {
  if (part.changelogNames.includes(escape.cve)) return false;
  const version = upstreamOf(part.version);
  return escape.affected.some(
    ([introduced, fixed]) =>
      (introduced === "0" || compareDebianVersions(version, introduced) >= 0) &&
      compareDebianVersions(version, fixed) < 0,
  );
}

const renew = "bulkhead current apply brings what the suites have by now, and leaves containers running";

function escapesOf(part: InstalledPart, securityOffers: readonly Offer[] | undefined): Finding[] {
  const offer = newer(part, securityOffers);
  return knownEscapes
    .filter((escape) => escape.part === part.name && hasEscape(part, escape))
    .map((escape) => ({
      id: `${part.name}-${escape.cve}`,
      level: escape.kind === "escape" ? "escape" : "warning",
      what: `${part.name} ${part.version} (Debian ${part.suite}) has ${escape.cve}`,
      consequence: escape.lets,
      whatToDo:
        offer === undefined
          ? `run only images that you trust; ${renew}`
          : `${offer.suite} has a later revision, ${offer.version}, which may repair it; ${renew}`,
    }));
}

/** What the security suite has that is newer than the part. */
const newer = (part: InstalledPart, offers: readonly Offer[] | undefined): Offer | undefined =>
  offers?.find((o) => o.name === part.name && compareDebianVersions(o.version, part.version) > 0);

/** Judges our private copies of other people's programs. */
export function judgeParts(
  manifest: PartsManifest | undefined,
  securityOffers: readonly Offer[] | undefined,
): Finding[] {
  if (manifest === undefined) {
    return [
      {
        id: "parts",
        level: "note",
        what: "there are no parts yet (containerd, runc and the like)",
        consequence: "bulkhead up brings them from Debian before it starts anything",
      },
    ];
  }
  const escapes = manifest.parts.flatMap((part) => escapesOf(part, securityOffers));
  const runtimes = manifest.parts.filter((p) => p.name === "runc" || p.name === "containerd");
  const findings = [...escapes];
  for (const part of manifest.parts) {
    const offer = newer(part, securityOffers);
    if (offer === undefined || escapes.some((e) => e.id.startsWith(`${part.name}-`))) continue;
    findings.push({
      id: `${part.name}-update`,
      level: "warning",
      what: `${part.name} ${part.version} is older than ${offer.version}, which ${offer.suite} has`,
      consequence: "what the security suite has repaired since is open here",
      whatToDo: renew,
    });
  }
  if (manifest.fellBack)
    findings.push({
      id: "parts-fallback",
      level: "warning",
      what: "the parts come from the machine's own, older release: Debian testing's could not be had, or did not run",
      consequence: "they get that release's security fixes only, later than upstream's, if at all",
      whatToDo: renew,
    });
  if (escapes.length === 0 && runtimes.length > 0)
    findings.push({
      id: "parts-escapes",
      level: "fine",
      what: runtimes.map((p) => `${p.name} ${p.version}`).join(", "),
      consequence: `none of ${knownEscapes.length} known escapes and weaknesses is open, by Debian's changelogs and upstream's fixed versions`,
    });
  return findings;
}
