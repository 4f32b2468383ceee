import { harmless } from "./print.ts";

/** What XML 1.0 cannot hold, not even escaped. */
const unfit = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};
const escaped = (text: string): string =>
  harmless(text.replace(unfit, "\ufffd")).replace(/[&<>"\t\n\r]/g, (c) => escapes[c] ?? c);
/** A name on one line. */
const line = (text: string): string => {
  const flat = text.replace(/\s+/g, " ").trim();
  return (flat.length > 500 ? `${flat.slice(0, 499)}…` : flat) || "-";
};

/** One test of a suite. */
export interface JunitCase {
  readonly classname: string;
  readonly name: string;
  /** Absent: it passes. */
  readonly outcome?: {
    readonly is: "failure" | "error" | "skipped";
    readonly type: string;
    readonly message: string;
    readonly text: string;
  };
}

export interface JunitSuite {
  readonly name: string;
  readonly cases: readonly JunitCase[];
}

function caseText({ classname, name, outcome }: JunitCase): string {
  const open = `    <testcase classname="${escaped(line(classname))}" name="${escaped(line(name))}" time="0"`;
  if (outcome === undefined) return `${open}/>`;
  const { is, type, message, text } = outcome;
  const attributes = `message="${escaped(line(message))}"${is === "skipped" ? "" : ` type="${escaped(type)}"`}`;
  return `${open}><${is} ${attributes}>${is === "skipped" ? "" : escaped(text)}</${is}></testcase>`;
}

/** Suites as JUnit XML, in the form that CI systems take. */
export function junitText(
  suites: readonly JunitSuite[],
  about: { readonly package: string; readonly properties: readonly (readonly [key: string, value: string])[] },
  at: Date,
): string {
  const time = at.toISOString().slice(0, 19);
  const properties = about.properties.map(
    ([key, value]) => `<property name="${escaped(key)}" value="${escaped(value)}"/>`,
  );
  const texts = suites.map(({ name, cases }, id) => {
    const count = (is: NonNullable<JunitCase["outcome"]>["is"]): number =>
      cases.filter((c) => c.outcome?.is === is).length;
    return [
      `  <testsuite id="${id}" name="${escaped(line(name))}" package="${escaped(line(about.package))}" timestamp="${time}" hostname="localhost" tests="${cases.length}" failures="${count("failure")}" errors="${count("error")}" skipped="${count("skipped")}" time="0">`,
      `    <properties>${properties.join("")}</properties>`,
      ...cases.map(caseText),
      "    <system-out/>",
      "    <system-err/>",
      "  </testsuite>",
    ].join("\n");
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${texts.join("\n")}\n</testsuites>`;
}
