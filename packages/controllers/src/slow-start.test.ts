import { expect, it } from "vitest";
import { slowStart } from "./slow-start.ts";

it("doubles while all goes well and stops at the first batch that fails", async () => {
  let calls = 0;
  expect(
    await slowStart(10, () => {
      calls++;
      return Promise.resolve();
    }),
  ).toBeUndefined();
  expect(calls).toBe(10);
  calls = 0;
  const error = await slowStart(500, () => (++calls > 2 ? Promise.reject(new Error("quota")) : Promise.resolve()));
  expect(error).toMatchObject({ message: "quota" });
  expect(calls).toBe(3);
});

it("asks for nothing when there is nothing to do", async () => {
  expect(await slowStart(0, () => Promise.reject(new Error("never")))).toBeUndefined();
});
