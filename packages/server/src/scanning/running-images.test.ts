import type { ContainerStatus, Pod } from "@bulkhead/api";
import { expect, test } from "vitest";
import { runningImages } from "./running-images.ts";

const a = `sha256:${"a".repeat(64)}`;
const b = `sha256:${"b".repeat(64)}`;
const status = (name: string, imageID: string): ContainerStatus => ({
  name,
  imageID,
  image: "",
  ready: true,
  restartCount: 0,
});

function pod(
  namespace: string,
  images: Readonly<Record<string, readonly [image: string, id: string]>>,
  more = {},
): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace, name: "p" },
    spec: { nodeName: "here", containers: Object.entries(images).map(([name, [image]]) => ({ name, image })) },
    status: {
      phase: "Running",
      containerStatuses: Object.entries(images).map(([name, [, id]]) => status(name, id)),
      ...more,
    },
  };
}

test("each digest once, with all names and namespaces that run it", () => {
  const pods = [
    pod("shop", { web: ["r/web:1", `r/web@${a}`], side: ["r/side:1", `r/side@${b}`] }),
    pod("test", { web: ["r/web:2", `r/web@${a}`] }),
  ];
  expect([...runningImages(pods, "here").values()]).toEqual([
    { digest: a, names: ["r/web:1", "r/web:2"], namespaces: ["shop", "test"] },
    { digest: b, names: ["r/side:1"], namespaces: ["shop"] },
  ]);
});

test("not what has ended, runs elsewhere, was not pulled yet, or has no digest", () => {
  const image = { web: ["r/web:1", `r/web@${a}`] as const };
  const elsewhere = pod("shop", image);
  const pods = [
    pod("shop", image, { phase: "Succeeded" }),
    { ...elsewhere, spec: { ...elsewhere.spec, containers: [], nodeName: "there" } },
    pod("shop", { web: ["r/web:1", ""] }),
    pod("shop", { web: ["r/web:1", a] }),
    pod("shop", { web: ["r/web:1", `r/web@${a.toUpperCase()}`] }),
  ];
  expect(runningImages(pods, "here").size).toBe(0);
});
