import { StatusError } from "@bulkhead/api";
import { expect, test } from "vitest";
import { formBearer, isForm } from "./token-form.ts";

const form = (fields: Readonly<Record<string, string>>): Buffer => Buffer.from(new URLSearchParams(fields).toString());

test("the credential is what the grant names", () => {
  const both = { username: "x", password: "of-a-password", refresh_token: "of-a-refresh" };
  expect(formBearer(form({ grant_type: "password", ...both }))).toBe("of-a-password");
  expect(formBearer(form({ grant_type: "refresh_token", ...both }))).toBe("of-a-refresh");
  expect(formBearer(form({ grant_type: "password", password: "" }))).toBeUndefined();
  expect(formBearer(form({ grant_type: "password" }))).toBeUndefined();
  for (const grant of ["", "client_credentials", "__proto__"])
    expect(() => formBearer(form({ grant_type: grant, ...both }))).toThrow(StatusError);
});

test("a form is known by its type", () => {
  expect(["application/x-www-form-urlencoded", "Application/X-WWW-Form-Urlencoded; charset=utf-8"].map(isForm)).toEqual(
    [true, true],
  );
  expect(["application/json", "application/x-www-form-urlencoded-not", undefined].map(isForm)).toEqual([
    false,
    false,
    false,
  ]);
});
