import { describe, expect, it } from "vitest";
import { percentOf, scaledIntOrPercent } from "./int-or-string.ts";

describe("IntOrString", () => {
  it("scales percentages", () => {
    expect(percentOf("25%")).toBe(25);
    expect(percentOf("http")).toBeUndefined();
    expect(scaledIntOrPercent("25%", 10, true)).toBe(3);
    expect(scaledIntOrPercent("25%", 10, false)).toBe(2);
    expect(scaledIntOrPercent(4, 10, true)).toBe(4);
    expect(scaledIntOrPercent("x", 10, true)).toBeUndefined();
  });
});
