import { describe, expect, it } from "vitest";
import {
  isConfigMapKey,
  isDNS1035Label,
  isDNS1123Label,
  isDNS1123Subdomain,
  isDomainPrefixedPath,
  isEnvVarName,
  isQualifiedName,
  isValidLabelValue,
  isValidPathSegmentName,
  isValidPercent,
  isValidPortName,
  isValidPortNum,
  nameIsDNSLabel,
  nameIsDNSSubdomain,
  nameIsPathSegment,
} from "./name-validation.ts";

const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const subdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

describe("names", () => {
  it("take what Kubernetes takes", () => {
    expect(isDNS1123Label("my-name")).toEqual([]);
    expect(isDNS1123Subdomain("a.b-c.1")).toEqual([]);
    expect(isDNS1035Label("abc-1")).toEqual([]);
    expect(isQualifiedName("example.com/My.Name")).toEqual([]);
    expect(isValidLabelValue("")).toEqual([]);
    expect(isConfigMapKey(".hidden_KEY-1")).toEqual([]);
    expect(isValidPortName("http-1")).toEqual([]);
    expect(isEnvVarName("a.b c")).toEqual([]);
    expect(isValidPercent("25%")).toEqual([]);
    expect(isValidPortNum(65535)).toEqual([]);
    expect(isDomainPrefixedPath("example.com/a/b")).toEqual([]);
    expect(isValidPathSegmentName("system:node")).toEqual([]);
  });

  it("refuse the rest in upstream's words", () => {
    expect(isDNS1123Label("Bad_Name")).toEqual([label]);
    expect(isDNS1123Label("a.b")).toEqual(["must not contain dots"]);
    expect(isDNS1123Label("a".repeat(64))).toEqual(["must be no more than 63 characters"]);
    expect(isDNS1123Subdomain("..")).toEqual([subdomain]);
    expect(isQualifiedName("bad name/x")).toEqual([`prefix part ${subdomain}`]);
    expect(isQualifiedName("/x")).toEqual(["prefix part must be non-empty"]);
    expect(isQualifiedName("a/")[0]).toBe("name part must be non-empty");
    expect(isValidLabelValue("v".repeat(64))).toEqual(["must be no more than 63 bytes"]);
    expect(isConfigMapKey("..a")).toEqual(["must not start with '..'"]);
    expect(isConfigMapKey("..")).toEqual(["must not be '..'"]);
    expect(isValidPortName("toolongportname-x")).toEqual(["must be no more than 15 characters"]);
    expect(isValidPortName("123")).toEqual(["must contain at least one letter (a-z)"]);
    expect(isValidPortName("a--b")).toEqual(["must not contain consecutive hyphens"]);
    expect(isValidPortNum(0)).toEqual(["must be between 1 and 65535, inclusive"]);
    expect(isValidPathSegmentName("..")).toEqual(["may not be '..'"]);
    expect(isValidPathSegmentName("a/b")).toEqual(["may not contain '/'"]);
    expect(isEnvVarName("A=B")).toHaveLength(1);
  });

  it("let a prefix end in a hyphen", () => {
    expect(nameIsDNSLabel("web-", true)).toEqual([]);
    expect(nameIsDNSLabel("web-", false)).toEqual([label]);
    expect(nameIsDNSSubdomain("a.b-", true)).toEqual([]);
    expect(nameIsPathSegment("a%", true)).toEqual(["may not contain '%'"]);
  });
});
