import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeContinue, encodeContinue } from "./continue-token.ts";

const name = fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,20}[a-z0-9])?$/);

test("what was encoded is decoded", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1 }), fc.oneof(fc.constant(""), name), name, (revision, namespace, n) => {
      const token = { revision, after: { namespace, name: n } };
      expect(decodeContinue(encodeContinue(token))).toEqual(token);
    }),
  );
});

test("anything else is a bad request", () => {
  const of = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(() => decodeContinue(text)).toThrow(expect.objectContaining({ code: 400 }));
    }),
  );
  for (const value of [
    { v: "other", rv: 1, start: "a/b\0" },
    { v: "meta.k8s.io/v1", rv: 0, start: "a/b\0" },
    { v: "meta.k8s.io/v1", rv: 1, start: "a/../b\0" },
    { v: "meta.k8s.io/v1", rv: 1 },
  ])
    expect(() => decodeContinue(of(value)), JSON.stringify(value)).toThrow(expect.objectContaining({ code: 400 }));
});
