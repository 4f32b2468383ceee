import { describe, expect, it } from "vitest";
import {
  formatKubeconfig,
  type Kubeconfig,
  mergeKubeconfigs,
  parseKubeconfig,
  removeFromKubeconfig,
  setInKubeconfig,
} from "./kubeconfig.ts";
import { KubeconfigError } from "./kubeconfig-error.ts";
import { clientOptionsOf } from "./kubeconfig-file.ts";

const config = (name: string, server: string, user: object = { token: "t" }): Kubeconfig =>
  parseKubeconfig(
    JSON.stringify({
      kind: "Config",
      clusters: [{ name, cluster: { server } }],
      users: [{ name, user }],
      contexts: [{ name, context: { cluster: name, user: name } }],
      "current-context": name,
    }),
  );

describe("kubeconfig", () => {
  it("keeps what it does not know when written back", () => {
    const text = "kind: Config\nclusters: []\npreferences:\n  colors: true\nusers: []\ncontexts: []\n";
    expect(parseKubeconfig(formatKubeconfig(parseKubeconfig(text)))).toMatchObject({ preferences: { colors: true } });
  });

  it("lets the first of two entries with one name win, and the first current context", () => {
    const merged = mergeKubeconfigs([config("a", "https://1"), config("b", "https://2"), config("a", "https://3")]);
    expect(merged.clusters.map(({ cluster }) => cluster.server)).toEqual(["https://1", "https://2"]);
    expect(merged["current-context"]).toBe("a");
  });

  it("replaces and removes one name's entries", () => {
    const set = setInKubeconfig(config("a", "https://1"), config("a", "https://9"));
    expect(set.clusters).toEqual([{ name: "a", cluster: { server: "https://9" } }]);
    expect(removeFromKubeconfig(set, "a")).toMatchObject({ clusters: [], contexts: [], "current-context": "" });
  });

  it.each([
    ["a: [", "malformed", /no YAML/],
    ["- 1", "malformed", /mapping/],
    ["clusters: 3", "malformed", /clusters/],
    ["users: [{name: 3}]", "malformed", /users\[0\]\.name/],
    ["contexts: [{name: a}]", "malformed", /contexts\[0\]\.context/],
  ])("refuses %j", (text, code, message) => {
    const error = catching(() => parseKubeconfig(text));
    expect(error).toBeInstanceOf(KubeconfigError);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) as string });
  });

  it("says which sign-in is not supported, without the secret", () => {
    for (const user of [{ exec: { command: "x" } }, { "auth-provider": {} }, { username: "u", password: "hunter2" }]) {
      const error = catching(() => clientOptionsOf(config("a", "https://1", user)));
      expect(error).toMatchObject({ code: "unsupported" });
      expect(String(error)).not.toContain("hunter2");
    }
  });

  it("prefers a token file to a token, and refuses an absent context", () => {
    const both = config("a", "https://1", { token: "t", tokenFile: "/f" });
    expect(clientOptionsOf(both).options).toMatchObject({ server: "https://1", tokenFile: "/f" });
    expect(catching(() => clientOptionsOf(both, "b"))).toMatchObject({ code: "no-context" });
  });
});

function catching(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
