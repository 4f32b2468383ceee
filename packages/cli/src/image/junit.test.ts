import { describe, expect, test } from "vitest";
import { judgeReport } from "./judged-report.ts";
import { junit } from "./junit.ts";
import { flaw, found, reportOf, secret } from "./report-fixture.ts";
import type { ScanReport } from "./scan-report.ts";

const at = new Date("2026-11-21T12:00:00.500Z");
const written = (report: ScanReport): string => junit(judgeReport(report, { failOn: "high" }, undefined, 0), at);

interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
}

/** Reads well-formed XML without comments, sections or a document type; throws on anything else. */
function parse(xml: string): Element {
  const root: Element = { name: "", attributes: {}, children: [] };
  const open: Element[] = [root];
  const token = /<\?xml [^?]*\?>|<\/([a-z-]+)>|<([a-z-]+)((?: [a-z]+="[^"<]*")*)(\/?)>|([^<]+)/gy;
  for (let last = 0; last < xml.length; last = token.lastIndex) {
    const match = token.exec(xml);
    if (match === null) throw new Error(`not well-formed at ${last}: ${xml.slice(last, last + 80)}`);
    const [, close, name, attributes = "", empty, text] = match;
    if (text !== undefined && /&(?!(amp|lt|gt|quot|#\d+);)/.test(text + attributes))
      throw new Error(`a bare & in ${text}`);
    if (close !== undefined && open.pop()?.name !== close) throw new Error(`</${close}> closes nothing`);
    if (name === undefined) continue;
    const pairs = [...attributes.matchAll(/ ([a-z]+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [key, value]);
    const element: Element = { name, attributes: Object.fromEntries(pairs), children: [] };
    open.at(-1)?.children.push(element);
    if (empty !== "/") open.push(element);
  }
  const [document] = root.children;
  if (open.length !== 1 || document === undefined) throw new Error("an element is not closed");
  return document;
}

/** What Ant's schema of JUnit results asks: attributes, `?` those that may be absent, and children in order. */
const schema: Readonly<Record<string, { readonly attributes: readonly string[]; readonly children: RegExp }>> = {
  testsuites: { attributes: [], children: /^(testsuite )*$/ },
  testsuite: {
    attributes: ["id", "name", "package", "timestamp", "hostname", "tests", "failures", "errors", "skipped?", "time"],
    children: /^properties (testcase )*system-out system-err $/,
  },
  properties: { attributes: [], children: /^(property )*$/ },
  property: { attributes: ["name", "value"], children: /^$/ },
  testcase: { attributes: ["classname", "name", "time"], children: /^((failure|error|skipped) )?$/ },
  failure: { attributes: ["type", "message?"], children: /^$/ },
  skipped: { attributes: ["message?"], children: /^$/ },
  "system-out": { attributes: [], children: /^$/ },
  "system-err": { attributes: [], children: /^$/ },
};

function check(element: Element): void {
  const asked = schema[element.name];
  if (asked === undefined) throw new Error(`<${element.name}> is not in the schema`);
  const required = asked.attributes.filter((name) => !name.endsWith("?"));
  const allowed = asked.attributes.map((name) => name.replace("?", ""));
  expect(Object.keys(element.attributes)).toEqual(expect.arrayContaining(required));
  expect(allowed).toEqual(expect.arrayContaining(Object.keys(element.attributes)));
  expect(element.children.map(({ name }) => `${name} `).join("")).toMatch(asked.children);
  if (element.name === "testsuite") {
    expect(element.attributes["timestamp"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
    const cases = element.children.filter(({ name }) => name === "testcase");
    const having = (name: string): string => String(cases.filter((c) => c.children[0]?.name === name).length);
    expect(element.attributes).toMatchObject({
      tests: String(cases.length),
      failures: having("failure"),
      errors: having("error"),
      skipped: having("skipped"),
    });
  }
  for (const child of element.children) check(child);
}

const suites = (report: ScanReport): readonly Element[] => parse(written(report)).children;

describe("JUnit", () => {
  test.each<readonly [string, ScanReport]>([
    ["nothing", reportOf([])],
    ["one of each", reportOf([flaw()], { secrets: [secret] })],
    [
      "hostile text",
      reportOf([
        flaw({
          summary: `]]>\u0000<&"'\u001b[2J\ud800`,
          package: { ...found, name: `a"b<c>\n`, version: "" },
        }),
      ]),
    ],
  ])("passes the schema with %s", (_, report) => check(parse(written(report))));

  test("fails as the exit code does: what does not count is skipped", () => {
    const low = flaw({ id: "CVE-LOW", ids: ["CVE-LOW"], severity: { level: "low", basis: "vendor" } });
    const [flaws, secrets, settings] = suites(reportOf([flaw(), low], { secrets: [secret] }));
    expect(flaws?.attributes).toMatchObject({ tests: "2", failures: "1", skipped: "1" });
    expect(secrets?.attributes).toMatchObject({ tests: "1", failures: "1" });
    expect(settings?.attributes).toMatchObject({ tests: "1", failures: "0" });
  });

  test("shows as passed nothing that is not known", () => {
    const { match: _, ...unmatched } = reportOf([]);
    const [flaws] = suites({ ...unmatched, unmatched: "there are none" });
    expect(flaws?.attributes).toMatchObject({ tests: "1", skipped: "1" });
  });
});
