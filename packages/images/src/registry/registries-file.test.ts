import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRegistries } from "./registries.ts";
import {
  formatRegistries,
  parseRegistries,
  RegistriesFileError,
  registriesFrom,
  registryHostFault,
} from "./registries-file.ts";

const certificate = `-----BEGIN CERTIFICATE-----
MIIBiDCCAS2gAwIBAgIUQUJAo0A55x0PoLjp/MDJ9v6ra98wCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNcmVnaXN0cnkgdGVzdDAgFw0yNjExMjExOTExMzJaGA8yMTI2
MTAyODE5MTEzMlowGDEWMBQGA1UEAwwNcmVnaXN0cnkgdGVzdDBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABLmB6MuzZ4jKRuqqi99EhYvJWXCXaEE0HxFFc0T+TLpV
J01224iCTg1kDc977jB/3NVsVWxBSI4czLlkH1ZiMRKjUzBRMB0GA1UdDgQWBBQW
m6iJVOgB4DNUf3/8wwCqN/wIMDAfBgNVHSMEGDAWgBQWm6iJVOgB4DNUf3/8wwCq
N/wIMDAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQC0OesCvWpk
FPdLiraOz6CQyhSkyGbz8TWzgsrpxlcZgQIhANoXzcIHSeIgHrUCqm4k0f483z3z
XJl+GtTzOvkp3DZ2
-----END CERTIFICATE-----
`;
const one = (settings: unknown, host = "registry.example.com"): string =>
  JSON.stringify({ registries: { [host]: settings } });

test("mirrors, authorities and plain HTTP are read, and stand as the client of registries takes them", () => {
  const file = parseRegistries(
    JSON.stringify({
      registries: {
        "registry.example.com": { mirrors: ["mirror.internal:5000", "cache"], ca: `# ours\n${certificate}` },
        "mirror.internal:5000": { plainHttp: true },
        "docker.io": {},
      },
    }),
  );
  expect(registriesFrom(file)).toEqual({
    authorities: { "registry.example.com": certificate },
    plainHttp: ["mirror.internal:5000"],
    mirrors: { "registry.example.com": ["mirror.internal:5000", "cache"] },
  });
  const places = createRegistries(registriesFrom(file)).placesOf("registry.example.com", "shop/web");
  expect(places.map(({ host }) => host)).toEqual(["mirror.internal:5000", "cache", "registry.example.com"]);
});

describe("what is wrong is said with its place", () => {
  test.each([
    ["{", "syntax", "", "is no JSON"],
    ["[]", "shape", "", "must be an object"],
    ['{"mirrors": {}}', "shape", "mirrors", "is not one of registries"],
    ['{"registries": []}', "shape", "registries", "must be an object, by host"],
    [one({ mirror: [] }), "shape", 'registries["registry.example.com"].mirror', "is not one of mirrors, ca, plainHttp"],
    [one({ mirrors: "x" }), "shape", 'registries["registry.example.com"].mirrors', "must be a list"],
    [one({ plainHttp: "yes" }), "shape", 'registries["registry.example.com"].plainHttp', "must be true or false"],
    [one({}, "https://registry.example.com"), "host", 'registries["https://registry.example.com"]', "without https://"],
    [one({}, "library"), "host", 'registries["library"]', "needs a dot or a port"],
    [one({}, "Registry.example.com"), "host", 'registries["Registry.example.com"]', "in lower case"],
    [one({}, "__proto__"), "host", 'registries["__proto__"]', "HOST"],
    [one({}, "index.docker.io"), "host", 'registries["index.docker.io"]', "written docker.io"],
    [one({}, "a.example:70000"), "host", 'registries["a.example:70000"]', "HOST:PORT"],
    [one({ mirrors: ["a.example/path"] }), "mirror", 'registries["registry.example.com"].mirrors[0]', "without a path"],
    [one({ mirrors: ["a.example", "a.example"] }), "mirror", 'registries["registry.example.com"].mirrors[1]', "twice"],
    [
      one({ mirrors: ["registry.example.com"] }),
      "mirror",
      'registries["registry.example.com"].mirrors[0]',
      "no mirror of itself",
    ],
    [one({ ca: "hunter2" }), "authority", 'registries["registry.example.com"].ca', "holds no certificate"],
    [
      one({ ca: "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----" }),
      "authority",
      'registries["registry.example.com"].ca',
      "certificate 1 cannot be read",
    ],
    [
      one({ ca: `${certificate}-----BEGIN EC PRIVATE KEY-----\nx\n-----END EC PRIVATE KEY-----` }),
      "authority",
      'registries["registry.example.com"].ca',
      "private key",
    ],
    [
      one({ ca: certificate, plainHttp: true }),
      "contradiction",
      'registries["registry.example.com"].ca',
      "plain HTTP shows no certificate",
    ],
  ])("%s", (text, code, field, says) => {
    let caught: unknown;
    try {
      parseRegistries(text);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(RegistriesFileError);
    expect(caught).toMatchObject({ code, field, message: expect.stringContaining(says) });
    expect((caught as Error).message).not.toContain("hunter2");
  });
});

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/);
const host = fc
  .tuple(label, label, fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }))
  .map(([a, b, port]) => `${a}.${b}${port === undefined ? "" : `:${port}`}`)
  .filter((name) => registryHostFault(name, "registry") === undefined);
const settings = fc.oneof(
  fc.record({ mirrors: fc.uniqueArray(host, { maxLength: 4 }), plainHttp: fc.boolean() }),
  fc.record({ mirrors: fc.uniqueArray(host, { maxLength: 4 }), ca: fc.constant(certificate) }),
);

test("what is written is read back as it was, whatever it is", () => {
  fc.assert(
    fc.property(fc.dictionary(host, settings, { maxKeys: 5 }), (registries) => {
      for (const [name, value] of Object.entries(registries))
        value.mirrors = value.mirrors.filter((mirror) => mirror !== name);
      const file = parseRegistries(JSON.stringify({ registries }));
      expect(parseRegistries(formatRegistries(file))).toEqual(file);
      expect(formatRegistries(parseRegistries(formatRegistries(file)))).toBe(formatRegistries(file));
    }),
  );
});

test("no text is taken in part, and none fails in any other way", () => {
  const any = fc.oneof(
    fc.string(),
    fc.json(),
    fc.jsonValue().map((value) => JSON.stringify({ registries: value })),
    fc.jsonValue().map((value) => one(value)),
  );
  fc.assert(
    fc.property(any, (text) => {
      try {
        for (const [name, { plainHttp, mirrors }] of parseRegistries(text)) {
          expect(registryHostFault(name, "registry")).toBeUndefined();
          expect(typeof plainHttp).toBe("boolean");
          for (const mirror of mirrors) expect(registryHostFault(mirror, "mirror")).toBeUndefined();
        }
      } catch (error) {
        expect(error).toBeInstanceOf(RegistriesFileError);
      }
    }),
  );
});
