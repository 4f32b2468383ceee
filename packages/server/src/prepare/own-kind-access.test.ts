import { type ClusterRole, type PolicyRule, securityDefinitions, securityGroup } from "@bulkhead/api";
import { expect, test } from "vitest";
import { currencyKeeperRole } from "./currency-access.ts";
import { imageScannerRole } from "./image-scanner-access.ts";
import { ownKindRoles } from "./own-kind-access.ts";

const kinds = securityDefinitions.map(({ spec }) => spec.names.plural);
/** Which verbs of these a role has on a resource of ours. */
const verbsOn = (rules: readonly PolicyRule[] | undefined, resource: string): string[] =>
  (rules ?? [])
    .filter((rule) => rule.apiGroups?.includes(securityGroup) === true && rule.resources?.includes(resource) === true)
    .flatMap((rule) => rule.verbs)
    .toSorted();

const label = (to: string): string => `rbac.authorization.k8s.io/aggregate-to-${to}`;
/** As upstream's roles are put together: admin has edit, edit has view. */
const rolesOf = (name: "view" | "edit" | "admin"): ClusterRole[] =>
  (["view", "edit", "admin"] as const)
    .slice(0, ["view", "edit", "admin"].indexOf(name) + 1)
    .flatMap((to) => ownKindRoles.filter(({ metadata }) => metadata.labels?.[label(to)] === "true"));
const may = (name: "view" | "edit" | "admin", resource: string): string[] =>
  rolesOf(name).flatMap(({ rules }) => verbsOn(rules, resource));

test("view reads reports and update policies, and writes nothing", () => {
  expect(may("view", "imagereports")).toEqual(["get", "list", "watch"]);
  expect(may("view", "updatepolicies")).toEqual(["get", "list", "watch"]);
  for (const { rules } of rolesOf("view"))
    for (const { verbs } of rules ?? []) expect(["get", "list", "watch"]).toEqual(expect.arrayContaining(verbs));
});

test("edit, and so admin, writes update policies, but not what the loop says of them", () => {
  for (const role of ["edit", "admin"] as const) {
    expect(may(role, "updatepolicies")).toEqual(expect.arrayContaining(["create", "delete", "patch", "update"]));
    expect(may(role, "updatepolicies/status")).toEqual(["get", "list", "watch"]);
    expect(may(role, "imagereports")).toEqual(["get", "list", "watch"]);
  }
});

test("what loosens a rule is in none of them", () => {
  // A ResponsePolicy that ignores loosens, one that stops ends others' pods; the summary is of the whole cluster.
  for (const resource of [
    "imagetrustpolicies",
    "exceptions",
    "exceptions/status",
    "responsepolicies",
    "briefschedules",
    "briefschedules/status",
    "posturecontrols",
    "posturecontrols/status",
    "posturehistories",
    "posturesummaries",
    // Whoever writes or approves these has a root process change what runs every container.
    "currencypolicies",
    "currencyapprovals",
    "currencysummaries",
    "machineinventories",
    // How a machine is set up, and who did what everywhere.
    "posturefacts",
    "changedigests",
    "*",
  ])
    expect(may("admin", resource)).toEqual([]);
  // Whoever adds a kind says here who may do what with it.
  expect(kinds.toSorted()).toEqual([
    "briefschedules",
    "changedigests",
    "currencyapprovals",
    "currencypolicies",
    "currencysummaries",
    "exceptions",
    "imagereports",
    "imagetrustpolicies",
    "machineinventories",
    "posturecontrols",
    "posturefacts",
    "posturehistories",
    "posturesummaries",
    "responsepolicies",
    "updatepolicies",
  ]);
});

test("the scanner may write reports, tell, and put conditions on pods: no more", () => {
  expect(imageScannerRole.rules).toEqual([
    { apiGroups: [securityGroup], resources: ["imagereports"], verbs: ["get", "list", "create", "update", "delete"] },
    { apiGroups: [""], resources: ["events"], verbs: ["create", "patch", "update"] },
    { apiGroups: [""], resources: ["pods/status"], verbs: ["patch"] },
  ]);
});

test("root's currency process writes what the machine is, and neither what decides nor what approves", () => {
  expect(currencyKeeperRole.rules).toEqual([
    { apiGroups: [securityGroup], resources: ["currencypolicies", "currencyapprovals"], verbs: ["get", "list"] },
    {
      apiGroups: [securityGroup],
      resources: ["machineinventories", "posturefacts", "changedigests"],
      verbs: ["get", "create", "update"],
    },
    { apiGroups: [""], resources: ["nodes"], verbs: ["get"] },
    { apiGroups: [""], resources: ["events"], verbs: ["create", "patch", "update"] },
  ]);
});
