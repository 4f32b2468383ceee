import { expect, test } from "vitest";
import { defaultPullPolicy, imageTag } from "./image-name.ts";

const digest = `sha256:${"a".repeat(64)}`;

test.each([
  ["nginx", "latest"],
  ["nginx:1.27", "1.27"],
  ["registry.example.com:5000/team/app", "latest"],
  ["registry.example.com:5000/team/app:2", "2"],
  ["localhost:5000/app", "latest"],
  ["[2001:db8::1]:5000/app:3", "3"],
  [`nginx@${digest}`, ""],
  [`nginx:1.27@${digest}`, "1.27"],
  ["Bad Name", ""],
  ["", ""],
])("%s has the tag %j", (image, tag) => {
  expect(imageTag(image)).toBe(tag);
});

test("only a moving tag is pulled every time", () => {
  expect(defaultPullPolicy("nginx")).toBe("Always");
  expect(defaultPullPolicy("nginx:latest")).toBe("Always");
  expect(defaultPullPolicy("nginx:1")).toBe("IfNotPresent");
  expect(defaultPullPolicy(`nginx@${digest}`)).toBe("IfNotPresent");
});
