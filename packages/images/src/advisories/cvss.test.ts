import { beforeAll, describe, expect, it } from "vitest";
import { type CvssScorer, loadCvss } from "./cvss.ts";

let score: CvssScorer;
beforeAll(async () => {
  score = await loadCvss();
});

describe("loadCvss", () => {
  it("scores as the specifications' own examples", () => {
    const examples: readonly (readonly [string, number])[] = [
      ["AV:N/AC:L/Au:N/C:N/I:N/A:C", 7.8],
      ["CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1],
      ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8],
      ["CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", 7.8],
      ["CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 9.3],
      ["CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 7.3],
    ];
    expect(examples.map(([vector]) => [vector, score(vector)])).toEqual(examples);
  });

  it("scores no vector that is unfinished, or none", () => {
    for (const vector of [
      "",
      "garbage",
      "CVSS:3.1/AV:N",
      "CVSS:4.0/AV:N",
      "AV:N/AC:L",
      "CVSS:9.9/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
      "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:Q",
    ])
      expect(score(vector), vector).toBeUndefined();
  });
});
