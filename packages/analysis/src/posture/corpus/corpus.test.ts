import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { evaluateFixture, readFixture, written } from "../../testing/read-fixture.ts";
import { controls } from "../controls/index.ts";
import type { Finding } from "../finding.ts";
import { applyEdits } from "../fix/edit.ts";
import { workloadsIn } from "../workload.ts";

const folder = import.meta.dirname;
const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
const named = (prefix: string): string[] => files.filter((name) => name.startsWith(prefix));

/** What only a scan says: of an image that no report speaks of it is not known. */
const inScan: ReadonlySet<string> = new Set([
  "image-critical-fixable",
  "image-end-of-life",
  "image-exploited",
  "image-malicious-package",
  "image-not-scanned",
  "image-secret-inside",
]);

/** Applications written after the manner of those that one meets, and all that every control says of them. */
test.each(named("bad"))("of a bad application everything is said, and nothing else: %s", (name) => {
  const fixture = readFixture(join(folder, name));
  const evaluation = evaluateFixture(fixture, controls);
  const of = (outcome: string) => evaluation.findings().filter((finding) => finding.outcome === outcome);
  expect(of("fail").map(written).toSorted()).toEqual(fixture.expected.toSorted());
  expect(of("error").map(written)).toEqual([]);
  const unknown = of("unknown").filter(({ control }) => !inScan.has(control.id));
  expect(unknown.map(written).toSorted()).toEqual(fixture.unknown.toSorted());
  const workloads = evaluation.ask((view) => workloadsIn(view)).length;
  expect(of("unknown").length - unknown.length).toBe(workloads * inScan.size);
});

test.each(named("good"))("of a good application nothing is to be said, and it was looked at: %s", (name) => {
  const evaluation = evaluateFixture(readFixture(join(folder, name)), controls);
  expect(evaluation.findings().map(written)).toEqual([]);
  expect(evaluation.tallies().filter(({ passed }) => passed > 0).length).toBeGreaterThan(100);
});

/** What a fix brings to light: it was covered by the fault before, or is what is left of it. */
const follows: Readonly<Record<string, readonly string[]>> = {
  // The token has no rights any more, and is still there.
  "access-account-cluster-admin": ["workload-token-unused"],
  // Who read them all and writes them too has only that told of him which is graver.
  "access-secrets-everywhere": ["access-secrets-written"],
  "access-secrets-in-namespace": ["access-secrets-written"],
  // In a corpus of one application there is no DNS that it could be let to.
  "network-default-deny-egress": ["network-peer-matches-nothing"],
  // A variable may hold a Secret, though a file is better.
  "secret-in-env": ["secret-as-env"],
  // The pods come under policies only then, and their ports are the node's no more unless they ask for it.
  "workload-host-network": ["network-default-deny-egress", "network-default-deny-ingress", "workload-host-ports"],
  // What was written may be read.
  "workload-host-path-kernel": ["workload-host-path"],
  "workload-host-path-logs": ["workload-host-path"],
  "workload-host-path-programs": ["workload-host-path"],
  // A privileged pod can have no users of its own; another can.
  "workload-privileged": ["workload-host-users"],
};
/** What a fix takes along, since it has no meaning any more. */
const takesAlong: Readonly<Record<string, readonly string[]>> = {
  // The token that is shared gives nothing, and nor does the account.
  "access-account-cluster-admin": ["workload-token-shared"],
  "access-secrets-everywhere": ["account-shared"],
  // Root of a user namespace is nobody on the node.
  "workload-host-users": ["workload-root-group", "workload-run-as-non-root", "workload-run-as-root"],
};

test.each(named("bad"))("a fix removes what it is for and nothing else: %s", (name) => {
  const evaluation = evaluateFixture(readFixture(join(folder, name)), controls);
  const ids = (findings: readonly Finding[]): readonly string[] =>
    findings.filter(({ outcome }) => outcome === "fail").map(({ control }) => control.id);
  let fixed = 0;
  for (const finding of evaluation.findings().filter(({ outcome }) => outcome === "fail")) {
    const fix = evaluation.fix(finding);
    if (fix.kind === "by-hand") continue;
    const { control, id } = finding;
    evaluation.trial(applyEdits(evaluation.objects, fix.edits), ({ appeared, gone }) => {
      expect(gone.map((one) => one.id)).toContain(id);
      const others = gone.filter((one) => one.id !== id);
      expect(
        ids(appeared).filter((one) => follows[control.id]?.includes(one) !== true),
        control.id,
      ).toEqual([]);
      expect(
        ids(others).filter((one) => takesAlong[control.id]?.includes(one) !== true),
        control.id,
      ).toEqual([]);
    });
    fixed += 1;
  }
  expect(fixed).toBeGreaterThan(0);
});
