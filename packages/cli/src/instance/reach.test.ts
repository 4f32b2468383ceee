import { expect, test } from "vitest";
import { type Reach, reaching, rootFlag, withReach } from "./reach.ts";

const usual: Reach = { root: undefined, kubeconfig: "/var/lib/bulkhead/admin.kubeconfig", by: "root" };
const other: Reach = { root: "/srv/b 2", kubeconfig: "/srv/b 2/admin.kubeconfig", by: "root" };
const named: Reach = { root: undefined, kubeconfig: "alice.yaml", by: "kubeconfig" };
const ambient: Reach = { root: "/srv/b", kubeconfig: undefined, by: "environment" };

test.each<[string, Reach, string]>([
  ['bulkhead allow image trust -n a --reason "…"', usual, 'bulkhead allow image trust -n a --reason "…"'],
  [
    'bulkhead allow image trust -n a --reason "…"',
    other,
    `bulkhead allow image trust -n a --root '/srv/b 2' --reason "…"`,
  ],
  [
    'bulkhead allow image trust -n a --reason "…"',
    named,
    'bulkhead allow image trust -n a --kubeconfig alice.yaml --reason "…"',
  ],
  ['bulkhead allow image trust -n a --reason "…"', ambient, 'bulkhead allow image trust -n a --reason "…"'],
  // The node's file is found by its instance's root alone.
  ["bulkhead allow node registry a.example", ambient, "bulkhead allow node registry a.example --root /srv/b"],
  ["bulkhead allow node registry a.example", named, "bulkhead allow node registry a.example"],
  [
    "kubectl create role a && kubectl create rolebinding a",
    usual,
    "kubectl --kubeconfig /var/lib/bulkhead/admin.kubeconfig create role a && kubectl --kubeconfig /var/lib/bulkhead/admin.kubeconfig create rolebinding a",
  ],
  ["kubectl create role a", ambient, "kubectl create role a"],
  [
    "kubectl create role 'a && kubectl delete b'",
    named,
    "kubectl --kubeconfig alice.yaml create role 'a && kubectl delete b'",
  ],
  ["another program", other, "another program"],
])("%s", (line, reach, expected) => {
  expect(reaching(line, reach)).toBe(expected);
});

test("commands anywhere in a report, and nothing else", () => {
  const report = {
    because: [{ says: "kubectl x", command: "kubectl x" }],
    pairs: [{ because: [] }],
    n: 1,
    u: undefined,
  };
  expect(withReach(report, named)).toEqual({
    ...report,
    because: [{ says: "kubectl x", command: "kubectl --kubeconfig alice.yaml x" }],
  });
});

test("where no root needs saying there is no flag", () => {
  expect([rootFlag(undefined), rootFlag("/x")]).toEqual(["", " --root /x"]);
});
