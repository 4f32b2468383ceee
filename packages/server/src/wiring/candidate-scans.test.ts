import type { Log, ScanFacts } from "@bulkhead/api";
import { expect, test } from "vitest";
import { createCandidateScans } from "./candidate-scans.ts";

const log: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const image = { registry: "r.example", repository: "web", tag: "1", digest: `sha256:${"a".repeat(64)}` };
const facts = (id: string): ScanFacts => ({
  findings: [{ id, aliases: [], package: "libc6 1", severity: "high" }],
  sources: [],
  endOfLife: [],
  misconfigurations: [],
  secrets: [],
  blindSpots: [],
});

test("what is known goes on counting until it was scanned anew, which a scan that had begun before does not count for", async () => {
  let begun = 0;
  const answers: PromiseWithResolvers<{ readonly facts: ScanFacts }>[] = [];
  const scans = createCandidateScans({
    scan: async () => {
      begun++;
      const answer = Promise.withResolvers<{ readonly facts: ScanFacts }>();
      answers.push(answer);
      return answer.promise;
    },
    now: () => 0,
    log,
  });
  const looked = (): Promise<void> => new Promise((resolve) => scans.onChange(resolve));
  const known = (): unknown => {
    const scan = scans.scanOf(image);
    return scan.state === "known" ? scan.facts.findings[0]?.id : scan.state;
  };
  const answer = async (id: string): Promise<void> => {
    const done = looked();
    await expect.poll(() => answers.length).toBe(begun);
    answers.at(-1)?.resolve({ facts: facts(id) });
    await done;
  };
  expect(known()).toBe("pending");
  await expect.poll(() => begun).toBe(1);
  // Advisories change while it is being scanned.
  scans.renew();
  await answer("old");
  expect(known()).toBe("old");
  await expect.poll(() => begun).toBe(2);
  await answer("new");
  expect([known(), known()]).toEqual(["new", "new"]);
  scans.renew();
  expect(known()).toBe("new");
  await expect.poll(() => begun).toBe(3);
  await answer("newer");
  expect(known()).toBe("newer");
  expect(begun).toBe(3);
});
