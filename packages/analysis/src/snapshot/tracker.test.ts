import type { KubeObject } from "@bulkhead/api";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Reader } from "./cell.ts";
import { kinds } from "./kinds.ts";
import { ObjectSet } from "./object-set.ts";
import { atOnce } from "./steps.ts";
import { Tracker } from "./tracker.ts";
import { type Derivation, Unread, type View } from "./view.ts";

const settings = {
  defaults: "bulkhead",
  podSecurityDefault: "restricted",
  network: { nodeIps: [], closed: [] },
} as const;

const map = (namespace: string, name: string, value: string): KubeObject =>
  ({ apiVersion: "v1", kind: "ConfigMap", metadata: { namespace, name }, data: { value } }) as KubeObject;
const put = (namespace: string, name: string, value: string) =>
  ({ kind: "ConfigMap", namespace, name, object: map(namespace, name, value) }) as const;

const reader = (): Reader => ({ sources: [], heldAt: 0, stale: false });

/** How often each derivation was worked out. */
let computed: Record<string, number> = {};
const derivation = (name: string, compute: (view: View, key: string) => string): Derivation<string> => ({
  name,
  compute: (view, key) => {
    computed[name] = (computed[name] ?? 0) + 1;
    return compute(view, key);
  },
  same: (a, b) => a === b,
});

/** All values of a namespace (the key), and of that only the first letter. */
const values = derivation("values", (view, namespace) =>
  view
    .list(kinds.configMap, namespace)
    .map(({ data }) => data?.["value"] ?? "")
    .toSorted()
    .join(),
);
const letter = derivation("letter", (view, namespace) => view.derive(values, namespace).slice(0, 1));
const both = derivation("both", (view) => view.derive(letter, "a") + view.derive(letter, "b"));

const tracker = (...objects: KubeObject[]): Tracker => new Tracker(new ObjectSet(objects), settings, 0);

test("only those are told who read something that really says otherwise now", () => {
  computed = {};
  const one = tracker(map("a", "x", "left"), map("b", "x", "right"));
  const check = reader();
  expect(one.ask(check, (view) => view.derive(both))).toBe("lr");
  const told = (turn: Parameters<Tracker["applying"]>[0]): number => {
    let count = 0;
    const tell = (): void => {
      count += 1;
    };
    atOnce(one.applying(turn, tell));
    return count;
  };
  expect(told([put("a", "x", "less")])).toBe(0);
  expect(computed).toEqual({ values: 3, letter: 3, both: 1 });
  expect(told([put("c", "x", "other")])).toBe(0);
  expect(told([put("a", "x", "more")])).toBe(1);
  expect(one.mustAsk(check)).toBe(true);
  expect(one.ask(check, (view) => view.derive(both))).toBe("mr");
  expect(one.mustAsk(check)).toBe(false);
});

test("a value that nobody reads waits until it is asked for", () => {
  computed = {};
  const one = tracker(map("a", "x", "left"));
  expect(one.peek(values, "a")).toBe("left");
  atOnce(one.applying([put("a", "x", "right")], () => undefined));
  atOnce(one.applying([put("a", "y", "wrong")], () => undefined));
  expect(computed).toEqual({ values: 1 });
  expect(one.peek(values, "a")).toBe("right,wrong");
  expect(one.peek(values, "a")).toBe("right,wrong");
  expect(computed).toEqual({ values: 2 });
});

test("what throws throws for all its readers, is worked out once, and again when what it read changes", () => {
  computed = {};
  const picky = derivation("picky", (view) => {
    const found = view.get(kinds.configMap, "a", "x");
    if (found?.data?.["value"] !== "good") throw new Error("not good");
    return "good";
  });
  const one = tracker(map("a", "x", "bad"));
  const check = reader();
  expect(() => one.ask(check, (view) => view.derive(picky))).toThrow("not good");
  expect(() => one.peek(picky, "")).toThrow("not good");
  expect(computed).toEqual({ picky: 1 });
  const told: Reader[] = [];
  atOnce(one.applying([put("a", "x", "good")], (who) => told.push(who)));
  expect(told).toEqual([check]);
  expect(one.ask(check, (view) => view.derive(picky))).toBe("good");
});

test("what could not be read throws Unread, one object that is there does not", () => {
  const set = new ObjectSet([map("a", "x", "left")], [{ kind: "ConfigMap", why: "forbidden" }]);
  const one = new Tracker(set, settings, 0);
  const ask = <T>(question: (view: View) => T): T => one.ask(reader(), question);
  expect(() => ask((view) => view.list(kinds.configMap))).toThrow(Unread);
  expect(() => ask((view) => view.get(kinds.configMap, "a", "y"))).toThrow(Unread);
  expect(ask((view) => view.get(kinds.configMap, "a", "x"))).toBeDefined();
  expect(ask((view) => view.knows(kinds.configMap))).toBe(false);
});

test("lists are in order, whatever the order in which objects came", () => {
  const one = tracker(map("b", "x", ""), map("a", "y", ""), map("a", "x", ""));
  const names = (namespace?: string): string[] =>
    one.ask(reader(), (view) =>
      view.list(kinds.configMap, namespace).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
    );
  expect(names()).toEqual(["a/x", "a/y", "b/x"]);
  atOnce(one.applying([put("a", "w", "")], () => undefined));
  expect(names("a")).toEqual(["a/w", "a/x", "a/y"]);
});

test("who reads which namespaces hold a kind is told when one begins or ends to, and of nothing else", () => {
  const one = tracker(map("b", "x", ""), map("a", "x", ""));
  const check = reader();
  const ask = (): readonly string[] => one.ask(check, (view) => view.namespaces(kinds.configMap));
  const told = (...changes: Parameters<Tracker["applying"]>[0][]): number => {
    let count = 0;
    for (const change of changes)
      atOnce(
        one.applying(change, () => {
          count += 1;
        }),
      );
    return count;
  };
  expect(ask()).toEqual(["a", "b"]);
  expect(told([put("a", "y", "")], [{ kind: "ConfigMap", namespace: "a", name: "x" }])).toBe(0);
  expect(told([put("c", "x", "")])).toBe(1);
  expect(ask()).toEqual(["a", "b", "c"]);
  expect(told([{ kind: "ConfigMap", namespace: "b", name: "x" }])).toBe(1);
  expect(ask()).toEqual(["a", "c"]);
});

test("a value that fails as it did before asks nobody again", () => {
  const picky = derivation("failing", (view) => {
    throw new Error(`no ${view.get(kinds.configMap, "a", "x")?.data?.["value"]?.[0] ?? "value"}`);
  });
  const one = tracker(map("a", "x", "left"));
  const told: Reader[] = [];
  const check = reader();
  expect(() => one.ask(check, (view) => view.derive(picky))).toThrow("no l");
  atOnce(one.applying([put("a", "x", "less")], (who) => told.push(who)));
  expect(told).toEqual([]);
  atOnce(one.applying([put("a", "x", "right")], (who) => told.push(who)));
  expect(told).toEqual([check]);
  expect(() => one.ask(check, (view) => view.derive(picky))).toThrow("no r");
});

test("those who read the time are told of it, and a forgotten reader of nothing", () => {
  const one = tracker(map("a", "x", "left"));
  const [clock, gone] = [reader(), reader()];
  one.ask(clock, (view) => view.now());
  one.ask(gone, (view) => view.list(kinds.configMap));
  one.forget(gone);
  const told: Reader[] = [];
  atOnce(one.ticking(5, (who) => told.push(who)));
  atOnce(one.applying([put("a", "x", "right")], (who) => told.push(who)));
  expect(told).toEqual([clock]);
});

const change = fc.tuple(fc.constantFrom("a", "b"), fc.constantFrom("x", "y"), fc.constantFrom("", "l", "ll", "r"));

test("whatever changes and whatever is asked between, values are those of a fresh look", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(change, fc.boolean()), { maxLength: 20 }), (turns) => {
      const one = tracker();
      const check = reader();
      let answer = one.ask(check, (view) => view.derive(both));
      for (const [[namespace, name, value], peeks] of turns) {
        const changed = value === "" ? { kind: "ConfigMap", namespace, name } : put(namespace, name, value);
        atOnce(one.applying([changed], () => undefined));
        if (peeks) one.peek(letter, namespace);
        if (one.mustAsk(check)) answer = one.ask(check, (view) => view.derive(both));
        expect(answer).toBe(tracker(...one.objects.all()).peek(both, ""));
      }
    }),
  );
});

test("a long life leaves no trace of what is gone", () => {
  const one = tracker();
  const seen: string[] = [];
  const own: Derivation<number> = {
    name: "own",
    compute: (view, name) => {
      seen.push(name);
      return view.list(kinds.configMap, "a").length;
    },
  };
  for (let turn = 0; turn < 5000; turn++) {
    atOnce(one.applying([put("a", "x", String(turn))], () => undefined));
    if (turn < 10) one.peek(own, "early");
  }
  const before = seen.length;
  // Forgotten, and right all the same when somebody asks again.
  expect(one.peek(own, "early")).toBe(1);
  expect(seen.length).toBe(before + 1);
});
