import { expect, test } from "vitest";
import { newRecoveryKey, parseRecoveryKey, recipientBytes } from "./recovery-key.ts";

const signer = `SHA256:${"a".repeat(43)}`;

test("a new key is read back, with its recipient and who signs for it", () => {
  const text = newRecoveryKey(signer);
  const key = parseRecoveryKey(text, "it");
  expect(text).toContain(`# recipient: ${key.recipient}\n`);
  expect(recipientBytes(key.recipient)).toHaveLength(32);
  expect(key.signers).toEqual([signer]);
  expect(parseRecoveryKey(newRecoveryKey(undefined), "it").signers).toEqual([]);
});

test("a slip in a recipient or a key is found, and a key is never repeated", () => {
  const text = newRecoveryKey(undefined);
  const { recipient } = parseRecoveryKey(text, "it");
  const slip = (word: string): string => `${word.slice(0, -20)}${word.at(-20) === "A" ? "B" : "A"}${word.slice(-19)}`;
  expect(() => recipientBytes(slip(recipient))).toThrow(expect.objectContaining({ code: "malformed" }));
  const secret = text.split("\n").find((line) => line.startsWith("bulkhead-recovery-")) ?? "";
  for (const bad of [slip(secret), `${secret}\n${secret}`, "", secret.slice(0, -1), recipient]) {
    expect(() => parseRecoveryKey(bad, "it")).toThrow(/^it holds no recovery key/);
    expect(() => parseRecoveryKey(bad, "it")).not.toThrow(secret.slice(20, 40));
  }
});
