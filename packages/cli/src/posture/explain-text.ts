import { areas, controls, terms } from "@bulkhead/analysis";
import type { Explained, ExplainedFlaw } from "../commands/explain.ts";
import { clean, level, plural } from "../image/words.ts";
import { columns, harmless, paint } from "../output/print.ts";
import { objectText } from "../output/verdict-text.ts";
import { wrapped } from "../output/wrapped.ts";
import { cardText } from "./card-text.ts";

const most = 10;

/** The answer for a person. */
export function explainedText(explained: Explained): string {
  switch (explained.is) {
    case "flaw":
      return flawText(explained.flaw).join("\n");
    case "control": {
      const { card, findings, of, passed = 0, unasked } = explained;
      if (findings === undefined)
        return [...cardText(card), "", paint("dim", `  no cluster was asked: ${clean(unasked ?? "")}`)].join("\n");
      const failing = findings.filter(({ outcome }) => outcome === "fail");
      const unknown = findings.filter(({ outcome }) => outcome === "unknown" || outcome === "error");
      const accepted = findings.filter(({ outcome }) => outcome === "accepted");
      return [
        ...cardText(card),
        "",
        `  ${paint("bold", "Here")} (${harmless(of ?? "")}): ${plural(failing.length, "finding")}, ${plural(accepted.length, "accepted one")}, ${plural(unknown.length, "question")} without an answer; it holds on ${plural(passed, "object")}`,
        ...failing
          .slice(0, most)
          .map(({ object, says }) => `  ${paint("red", "✗")} ${clean(objectText(object))}  ${clean(says)}`),
        ...unknown
          .slice(0, most)
          .map(({ object, says }) => `  ${paint("yellow", "?")} ${clean(objectText(object))}  ${clean(says)}`),
        ...(failing.length === 0
          ? []
          : [
              `  ${paint("cyan", "→")} bulkhead posture show ${card.id}`,
              `  ${paint("cyan", "→")} bulkhead posture fix ${card.id}`,
            ]),
      ].join("\n");
    }
  }
}

function flawText({
  id,
  sources,
  database,
  cvss,
  exploited,
  epss,
  images,
  unmatched,
  unasked,
}: ExplainedFlaw): string[] {
  const percent = (share: number): string => `${(share * 100).toFixed(share < 0.01 ? 2 : 0)} percent`;
  return [
    paint("bold", id),
    ...(exploited === undefined
      ? []
      : [
          `  ${paint("red", "known to be used in attacks")} since ${exploited.added}${exploited.ransomware ? ", by ransomware too" : ""} (CISA KEV)`,
        ]),
    ...(cvss === undefined ? [] : [`  CVSS ${cvss.score} (${clean(cvss.vector)}), says ${clean(cvss.source)}`]),
    ...(epss === undefined
      ? []
      : [
          `  EPSS: a chance of ${percent(epss.score)} that it is exploited somewhere within 30 days, more than ${percent(epss.percentile)} of all`,
        ]),
    ...(sources.length === 0
      ? [paint("yellow", `  no advisories are at hand (${database}): bulkhead advisories import`)]
      : exploited === undefined && cvss === undefined && epss === undefined
        ? [
            `  the ${plural(sources.length, "source")} at hand (${sources.map(clean).join(", ")}) rate it nowhere, which is no proof that it is harmless`,
          ]
        : []),
    "",
    ...(unasked === undefined
      ? [
          images.length === 0
            ? "  among the gravest flaws of what runs here: not there (a report names at most 32 an image; bulkhead image report IMAGE has all)"
            : paint("bold", "  Here"),
          ...(images.length === 0
            ? []
            : [
                columns(
                  images.map((image) => [
                    `  ${level(image.severity)}`,
                    clean(image.image),
                    clean(image.package),
                    image.fixedVersion === undefined ? "no fix" : `fixed in ${clean(image.fixedVersion)}`,
                    image.inUse === true ? "loaded by a running container" : "",
                    clean(image.namespaces.join(", ")),
                  ]),
                ),
              ]),
          ...(unmatched.length === 0
            ? []
            : [paint("yellow", `  not known of ${unmatched.map(clean).join(", ")}: not matched`)]),
        ]
      : [paint("dim", `  whether it runs here is not known: ${clean(unasked)}`)]),
  ];
}

/** All that can be explained, by area. */
export function everythingText(): string {
  return [
    "Controls",
    ...areas.flatMap((area) => {
      const own = controls.filter((control) => control.area === area);
      return own.length === 0
        ? []
        : [`  ${paint("bold", area)}`, columns(own.map(({ id, title }) => [`    ${id}`, title]))];
    }),
    "",
    "Terms",
    ...wrapped(terms.map(({ name }) => name).join(", ")),
    "",
    "Flaws by name (CVE-…, GHSA-…), from the advisories at hand and the reports of what runs.",
  ].join("\n");
}
