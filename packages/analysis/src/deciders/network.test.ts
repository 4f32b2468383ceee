import type { Exception, KubeObject, NetworkPolicy, Pod } from "@bulkhead/api";
import { expect, test } from "vitest";
import { type Control, objectControl } from "../posture/control.ts";
import { Evaluation } from "../posture/evaluate.ts";
import { workloadOf } from "../posture/workload.ts";
import { kinds } from "../snapshot/kinds.ts";
import { ObjectSet } from "../snapshot/object-set.ts";
import type { Settings, View } from "../snapshot/view.ts";
import { mayConnect, namespaceTraffic, newcomer, outside, podsOf, servicesOf, stranger } from "./network.ts";

const now = Date.parse("2026-11-21T12:00:00Z");
const settings: Settings = {
  defaults: "bulkhead",
  podSecurityDefault: "restricted",
  network: { nodeIps: [], closed: [] },
};

const pod = (name: string, more: Partial<Pod> = {}): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "shop", labels: { app: name } },
  spec: { containers: [{ name, image: "registry.example/x" }] },
  ...more,
});
const policy = (name: string, spec: NetworkPolicy["spec"]): NetworkPolicy => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name, namespace: "shop" },
  ...(spec === undefined ? {} : { spec }),
});
const deployment = (name: string): KubeObject =>
  ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "shop" },
    spec: { template: { metadata: { labels: { app: name } }, spec: { containers: [{ name }] } } },
  }) as KubeObject;

const over = (objects: readonly KubeObject[], controls: readonly Control[] = []): Evaluation =>
  new Evaluation({ objects: new ObjectSet(objects), controls, settings, now });

const workload = (view: View, object: KubeObject) => {
  const found = workloadOf(object, view);
  if (found === undefined) throw new Error("no workload");
  return found;
};

test("a workload without pods stands for those that it would make", () => {
  const [web, db] = [deployment("web"), deployment("db")];
  const deny = policy("db", { podSelector: { matchLabels: { app: "db" } } });
  const evaluation = over([web, db, deny]);
  const verdict = evaluation.ask((view) => mayConnect(view, workload(view, web), workload(view, db), 5432));
  expect(verdict?.decision).toBe("deny");
  expect(evaluation.ask((view) => mayConnect(view, workload(view, web), outside, 443))?.decision).toBe("allow");
  expect(evaluation.ask((view) => podsOf(view, workload(view, db)))).toEqual(["shop/Deployment:db"]);
});

test("strangers and newcomers are held by what holds everyone", () => {
  const all = policy("all", { podSelector: {}, ingress: [{ from: [{ namespaceSelector: {} }] }] });
  const rules = over([pod("web"), all]).ask((view) => view.derive(namespaceTraffic, "shop"));
  expect(rules.pods.get(newcomer("shop"))?.ingress).toBeDefined();
  expect(rules.pods.get(newcomer("shop"))?.egress).toBeUndefined();
  expect([...rules.peerSets.values()][0]?.pods).toContain(stranger.pod);
});

test("an Exception opens until it ends", () => {
  const opened: Exception = {
    apiVersion: "security.bulkhead.dev/v1alpha1",
    kind: "Exception",
    metadata: { name: "out", namespace: "shop" },
    spec: {
      decider: "network",
      rule: "egress",
      subject: { kind: "Deployment", name: "web" },
      reason: "a crawler",
      author: "ann",
      expires: "2026-11-21T13:00:00Z",
    },
  };
  const web = deployment("web");
  const evaluation = over([web, policy("deny", { podSelector: {}, policyTypes: ["Egress"] }), opened]);
  const ask = () => evaluation.ask((view) => mayConnect(view, workload(view, web), outside, 443))?.decision;
  expect(ask()).toBe("allow");
  evaluation.tick(now + 3_600_000);
  expect(ask()).toBe("deny");
});

test("a policy that selects namespaces cannot be judged without them", () => {
  const peer = policy("x", {
    podSelector: {},
    ingress: [{ from: [{ namespaceSelector: { matchLabels: { a: "b" } } }] }],
  });
  const objects = new ObjectSet([pod("web"), pod("db"), peer], [{ kind: "Namespace", why: "forbidden" }]);
  const evaluation = new Evaluation({ objects, controls: [], settings, now });
  const ask = () => evaluation.ask((view) => mayConnect(view, { pod: "shop/web" }, { pod: "shop/db" }, 80));
  expect(ask).toThrow("Namespace could not be read");
});

test("what changes from minute to minute asks nobody again", () => {
  let asked = 0;
  const counting = objectControl(kinds.networkPolicy, {
    id: "counting",
    title: "Counts",
    area: "network",
    attack: "",
    severity: "low",
    severityBecause: "",
    frameworks: {},
    check: (_, view) => {
      asked += 1;
      view.derive(namespaceTraffic, "shop");
      return [];
    },
    fix: () => ({ kind: "by-hand", why: "", how: "" }),
  });
  const evaluation = over([pod("web"), policy("deny", { podSelector: {} })], [counting]);
  expect(asked).toBe(1);
  evaluation.apply([
    evaluation.objects.put(pod("web", { status: { conditions: [{ type: "Ready", status: "True" }] } })),
  ]);
  expect(asked).toBe(1);
  evaluation.apply([evaluation.objects.put(pod("web", { status: { podIPs: [{ ip: "10.0.0.9" }] } }))]);
  expect(asked).toBe(2);
});

test("the Services in front of a workload", () => {
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: "shop" },
    spec: { selector: { app: "web" } },
  };
  const web = deployment("web");
  const found = over([web, service as KubeObject]).ask((view) => servicesOf(view, workload(view, web)));
  expect(found.map(({ metadata }) => metadata.name)).toEqual(["web"]);
});
