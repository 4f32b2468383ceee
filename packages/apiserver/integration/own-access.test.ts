import type { Role } from "@bulkhead/api";
import { expect, test } from "vitest";
import type { OwnAccess } from "../src/index.ts";
import { startTestServer } from "./test-server.ts";

const group = "rbac.authorization.k8s.io";
const path = `/apis/${group}/v1/namespaces/kube-system/roles/own`;
const role: Role = {
  apiVersion: `${group}/v1`,
  kind: "Role",
  metadata: { name: "own", namespace: "kube-system" },
  rules: [{ apiGroups: [""], resources: ["secrets"], resourceNames: ["one"], verbs: ["get"] }],
};
const ownAccess: readonly OwnAccess[] = [
  role,
  {
    apiVersion: `${group}/v1`,
    kind: "RoleBinding",
    metadata: { name: "own", namespace: "kube-system" },
    roleRef: { apiGroup: group, kind: "Role", name: "own" },
    subjects: [{ kind: "User", apiGroup: group, name: "alice" }],
  },
];

test("who is given a right at the start has it with the first request, in its namespace alone", async () => {
  const server = await startTestServer({ ownAccess });
  try {
    const asked = (namespace: string) =>
      server.call("GET", `/api/v1/namespaces/${namespace}/secrets/one`, { as: "alice" });
    expect((await asked("kube-system")).status).toBe(404);
    expect((await asked("default")).status).toBe(403);
    const made = await server.call<Role>("GET", path);
    expect(made.body.rules).toEqual(role.rules);
    expect(made.body.metadata).toMatchObject({ uid: expect.any(String) as string, namespace: "kube-system" });
  } finally {
    await server.close();
  }
});
