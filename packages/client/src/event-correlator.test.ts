import { describe, expect, it } from "vitest";
import { createEventCorrelator } from "./event-correlator.ts";

const about = { apiVersion: "v1", kind: "Pod", metadata: { namespace: "n", name: "p", uid: "u" } };
const told = (message: string, reason = "R") => ({ about, type: "Normal" as const, reason, message });

describe("event correlator", () => {
  it("counts the same event", () => {
    const correlator = createEventCorrelator();
    expect(correlator.decide(told("a"), 0)).toMatchObject({ kind: "create", message: "a" });
    expect(correlator.decide(told("a"), 1)).toMatchObject({ kind: "count", count: 2 });
  });

  it("combines the tenth different message of one reason within ten minutes", () => {
    const correlator = createEventCorrelator();
    for (let i = 0; i < 9; i++) expect(correlator.decide(told(`m${i}`), i)).toMatchObject({ kind: "create" });
    expect(correlator.decide(told("m9"), 9)).toMatchObject({
      kind: "create",
      message: "(combined from similar events): m9",
    });
    expect(correlator.decide(told("m10"), 10)).toMatchObject({ kind: "count", count: 2 });
    expect(correlator.decide(told("m11"), 700_000)).toMatchObject({ kind: "create", message: "m11" });
  });

  it("lets 25 through at once and one more every five minutes, per object", () => {
    const correlator = createEventCorrelator();
    const kinds = (from: number, count: number) =>
      Array.from({ length: count }, () => correlator.decide(told("same"), from).kind);
    expect(kinds(0, 30).filter((kind) => kind === "drop")).toHaveLength(5);
    expect(kinds(300_000, 2)).toEqual(["count", "drop"]);
    const other = { ...told("same"), about: { ...about, metadata: { ...about.metadata, uid: "v" } } };
    expect(correlator.decide(other, 300_000).kind).toBe("create");
  });
});
