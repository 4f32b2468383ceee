import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ApiServer, createApiServer, type User } from "@bulkhead/apiserver";
import { openLocalProvider } from "@bulkhead/keyring";
import { openStore, type Store } from "@bulkhead/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { selfSigned } from "../../packages/client/integration/self-signed.ts";
import { allChoices, choiceFor, uncompared } from "./chosen.ts";
import { differences, loose } from "./comparable.ts";
import { type Answer, cases, type Json } from "./exchange.ts";
import { play, type Server } from "./play.ts";

const user = (name: string, ...groups: string[]): User => ({ name, uid: "", groups, extra: {} });
const tokens = { admin: "admin-token", alice: "alice-token", bob: "bob-token" };

let folder: string;
let store: Store;
let api: ApiServer;
let server: Server;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "exchanges-"));
  store = await openStore({
    folder: join(folder, "store"),
    sealed: (group, resource) => group === "" && resource === "secrets",
    keyProvider: await openLocalProvider({ folder: join(folder, "keys") }),
  });
  const { cert, key } = selfSigned();
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  api = await createApiServer({
    store,
    mode: "kubernetes",
    certificates: { cert, key, clientCa: undefined },
    tokens: { signingKey: String(privateKey.export({ type: "pkcs8", format: "pem" })) },
    advertise: "127.0.0.1:16443",
    staticTokens: new Map([
      [tokens.admin, user("admin", "system:masters")],
      [tokens.alice, user("alice", "devs")],
      [tokens.bob, user("bob", "ops")],
    ]),
  });
  const { port } = await api.listen({ host: "127.0.0.1", port: 0 });
  server = { port, tokens };
});

afterAll(async () => {
  await api.close(500);
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const shown = new Set<string>();

/** What is wrong with the answers of a case: differences that nobody chose. */
function wrong(index: number, answers: readonly (Answer | null)[]): string[] {
  const recorded = cases[index];
  if (recorded === undefined) return ["no such case"];
  return recorded.answers.flatMap((want, step) => {
    const got = answers[step];
    if (want === null || got === null || got === undefined || uncompared(recorded, step) !== undefined) return [];
    const different = differences(loose(want as unknown as Json), got as unknown as Json);
    if (different.length === 0) return [];
    if (choiceFor(recorded, step, got, want) !== undefined) {
      shown.add(`${recorded.name} ${step}`);
      return [];
    }
    const { method = "", path = "" } = recorded.steps[step] ?? {};
    return different.map((line) => `step ${step} ${method} ${path} ${line}`);
  });
}

describe.concurrent("the answers are those of a kube-apiserver 1.36", () => {
  for (const [index, recorded] of cases.entries()) {
    const compared = recorded.answers.flatMap((answer, step) => (answer === null ? [] : [uncompared(recorded, step)]));
    const reasons = [...new Set(compared.filter((reason) => reason !== undefined))];
    const nothing = compared.length > 0 && compared.every((reason) => reason !== undefined);
    const title = nothing ? `${recorded.name} (skipped: ${reasons.join("; ")})` : recorded.name;
    it.skipIf(nothing)(title, async ({ task }) => {
      // A second try finds nothing that the first one left.
      const answers = await play(server, recorded, `case-${index}-${task.result?.retryCount ?? 0}`);
      expect(wrong(index, answers)).toEqual([]);
    });
  }
});

describe("what we chose", () => {
  it("every chosen difference shows itself", () => {
    expect([...shown].toSorted()).toEqual(allChoices().toSorted());
  });
});
