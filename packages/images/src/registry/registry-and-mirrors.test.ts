import { expect, test } from "vitest";
import type { Registries } from "./registries.ts";
import { registryAndMirrors } from "./registry-and-mirrors.ts";
import type { RegistryClient } from "./registry-client.ts";
import { RegistryError, type RegistryErrorCode } from "./registry-error.ts";

const digest = `sha256:${"a".repeat(64)}`;
type Answer = RegistryErrorCode | "answers" | "breaks-off";

/** A registry `r.example` and mirrors before it, each of which answers with its own name or a failure. */
function reached(places: Readonly<Record<string, Answer>>) {
  const asked: string[] = [];
  const closed: string[] = [];
  const client = (host: string): RegistryClient => {
    const answer = places[host] ?? "answers";
    const fail = (code: RegistryErrorCode) => new RegistryError(code, host);
    const say = async <T>(what: T): Promise<T> => {
      asked.push(host);
      if (answer !== "answers" && answer !== "breaks-off") throw fail(answer);
      return what;
    };
    return {
      resolve: () => say({ digest: host, mediaType: "", bytes: Buffer.from(host) }),
      blob: () => say(Buffer.from(host)),
      tags: () => say([host]),
      referrers: () => say(Buffer.from(host)),
      push: () => say(host),
      async *stream() {
        try {
          yield await say(Buffer.from(host));
          if (answer === "breaks-off") throw fail("unreachable");
          yield Buffer.from(".");
        } finally {
          closed.push(host);
        }
      },
    } as Partial<RegistryClient> as RegistryClient;
  };
  const placesOf: Registries["placesOf"] = () => Object.keys(places).map((host) => ({ host, client: client(host) }));
  const registries: Registries = {
    placesOf,
    async ask(_registry, _repository, question) {
      let last: unknown;
      for (const place of placesOf("r.example", ""))
        try {
          return await question(place.client);
        } catch (error) {
          last = error;
        }
      throw last;
    },
  };
  return { asked, closed, client: registryAndMirrors(registries, "r.example") };
}

const text = async (bytes: AsyncIterable<Uint8Array>): Promise<string> => {
  let all = "";
  for await (const part of bytes) all += String(Buffer.from(part));
  return all;
};

test("what a digest names comes from a mirror; which tags there are, and what is pushed, is the registry's", async () => {
  const { client, asked } = reached({ mirror: "answers", "r.example": "answers" });
  expect((await client.resolve("a", digest)).digest).toBe("mirror");
  expect(String(Buffer.from(await client.blob("a", digest, 9)))).toBe("mirror");
  expect(await text(client.stream("a", digest))).toBe("mirror.");
  expect(asked.splice(0)).toEqual(["mirror", "mirror", "mirror"]);
  expect((await client.resolve("a", "1")).digest).toBe("r.example");
  expect(await client.tags("a")).toEqual(["r.example"]);
  expect(String(await client.referrers("a", digest))).toBe("r.example");
  expect(asked).toEqual(["r.example", "r.example", "r.example"]);
});

test("where the registry cannot be reached its mirrors say, in order; what it refuses stands", async () => {
  const away = reached({ first: "absent", second: "answers", "r.example": "unreachable" });
  expect(await away.client.tags("a")).toEqual(["second"]);
  const closed = reached({ mirror: "answers", "r.example": "unauthorized" });
  await expect(closed.client.tags("a")).rejects.toMatchObject({ code: "unauthorized" });
  const nobody = reached({ mirror: "absent", "r.example": "unreachable" });
  await expect(nobody.client.tags("a")).rejects.toMatchObject({ code: "unreachable" });
});

test("a stream is the first place's that sends; one that breaks off in the midst fails, and is let go", async () => {
  const first = reached({ mirror: "absent", "r.example": "answers" });
  expect(await text(first.client.stream("a", digest))).toBe("r.example.");
  const broken = reached({ mirror: "breaks-off", "r.example": "answers" });
  await expect(text(broken.client.stream("a", digest))).rejects.toMatchObject({ code: "unreachable" });
  const left = reached({ mirror: "answers", "r.example": "answers" });
  for await (const _ of left.client.stream("a", digest)) break;
  expect(left.closed).toEqual(["mirror"]);
});
