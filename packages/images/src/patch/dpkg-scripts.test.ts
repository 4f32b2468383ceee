import { expect, test } from "vitest";
import { scriptsProblem } from "./dpkg-scripts.ts";

const versions = { from: "1.0-1", to: "1.0-2" };
const problem = (before: Record<string, string>, after: Record<string, string>): string | undefined =>
  scriptsProblem(
    (name) => before[name],
    (name) => after[name],
    versions,
  );
const script = "#!/bin/sh\nset -e\nadduser --system web\n";

test.each<[string, Record<string, string>, Record<string, string>]>([
  ["there are none", {}, {}],
  ["the one that ran is the same", { postinst: script }, { postinst: script }],
  [
    "it differs in comments and its own version",
    { postinst: `${script}# 1\nV=1.0-1\n` },
    { postinst: `${script}# 2\n\nV=1.0-2\n` },
  ],
  ["it does nothing", {}, { postinst: "#!/bin/sh\nset -e\n\nexit 0\n" }],
  ["it is gone", { postinst: script }, {}],
  [
    "its steps are for older versions",
    { postinst: `${script}dpkg --compare-versions "$2" lt 0.9-1\n` },
    { postinst: `${script}dpkg --compare-versions "$2" lt 0.9-1\n` },
  ],
])("scripts need not run where %s", (_, before, after) => expect(problem(before, after)).toBeUndefined());

test.each<[string, Record<string, string>, Record<string, string>, RegExp]>([
  ["it is new", {}, { postinst: script }, /new/],
  ["it does something else", { preinst: script }, { preinst: `${script}rm -rf /var/lib/web\n` }, /another/],
  [
    "it has a step for this upgrade",
    { postinst: `${script}if dpkg --compare-versions "$2" lt-nl 1.0-2; then x; fi\n` },
    { postinst: `${script}if dpkg --compare-versions "$2" lt-nl 1.0-2; then x; fi\n` },
    /step/,
  ],
])("a package stays where %s", (_, before, after, reason) => expect(problem(before, after)).toMatch(reason));
