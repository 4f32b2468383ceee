import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseNodePolicy } from "./parse.ts";
import { webhookRefusal } from "./webhook.ts";

describe("where a webhook of an object may be", () => {
  test.each(
    "127.0.0.1 0.0.0.0 10.1.2.3 100.64.0.1 169.254.169.254 172.31.255.255 192.168.1.1 224.0.0.1 255.255.255.255 ::1 :: fe80::1 fd00:ec2::254 ::ffff:127.0.0.1 ::ffff:a9fe:a9fe 64:ff9b::7f00:1 2002:7f00:1:: ff02::1 ::127.0.0.1".split(
      " ",
    ),
  )("not at %s, unless the node's policy says so", (address) => {
    expect(webhookRefusal(address, [])).toContain("is inside");
    expect(webhookRefusal(address, ["0.0.0.0/0", "::/0"])).toBeUndefined();
  });

  test.each(["1.1.1.1", "172.32.0.1", "2606:4700::1111", "::ffff:1.1.1.1"])("at %s", (address) => {
    expect(webhookRefusal(address, [])).toBeUndefined();
  });

  test("not at the node's own addresses, and at nothing that is none", () => {
    expect(webhookRefusal("1.2.3.4", [], ["1.2.3.4"])).toContain("is inside");
    for (const text of ["", "localhost", "0x7f.1", "2130706433", "127.1"])
      expect(webhookRefusal(text, ["0.0.0.0/0"])).toContain("is no address");
  });

  test("property: a block that is named opens that block alone", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 255 }), (a, b) => {
        expect(webhookRefusal(`10.${a}.0.1`, [`10.${b}.0.0/16`]) === undefined).toBe(a === b);
      }),
    );
  });
});

test("the node's policy file names blocks, and nothing else", () => {
  expect(parseNodePolicy('{"webhooks": ["10.1.0.0/16"]}').webhooks).toEqual(["10.1.0.0/16"]);
  expect(parseNodePolicy("{}").webhooks).toBeUndefined();
  expect(() => parseNodePolicy('{"webhooks": ["internal.example"]}')).toThrow(
    expect.objectContaining({ code: "webhook", field: "webhooks[0]" }),
  );
});
