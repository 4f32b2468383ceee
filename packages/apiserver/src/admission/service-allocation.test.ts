import { expect, test } from "vitest";
import { staticBand } from "./service-allocation.ts";

test("the first addresses of a range are for those who ask for one by name", () => {
  expect([16, 256, 1024, 4096, 65536].map(staticBand)).toEqual([16, 16, 64, 256, 256]);
});
