import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventMessage } from "./event-message.ts";

const command = (i: number): string => `bulkhead allow image trust --for deployment/web-${i} -n shop --reason "…"`;
const line = (i: number, length: number): string =>
  `  - spec.containers[${i}].image: ${"x".repeat(length)}; to allow it for a while: ${command(i)}`;

describe("the message of an event", () => {
  it("that fits stays as it is", () => {
    const message = `a\n${line(1, 100)}`;
    expect(eventMessage(message)).toBe(message);
  });

  it("loses its middle, not its command", () => {
    const said = eventMessage(`Error creating: pods "web-1" is forbidden: ${line(1, 2000)}`);
    expect(said).toHaveLength(1024);
    expect(said).toMatch(/^Error creating: pods "web-1" is forbidden: /);
    expect(said.endsWith(`to allow it for a while: ${command(1)}`)).toBe(true);
  });

  it("shares the room among its lines: short ones stay whole", () => {
    const said = eventMessage(["head", line(1, 10), line(2, 900), line(3, 900)].join("\n"));
    expect(said.length).toBeLessThanOrEqual(1024);
    expect(said).toContain(line(1, 10));
    for (const i of [1, 2, 3]) expect(said).toContain(command(i));
  });

  it("leaves out later lines, and counts them, before it cuts a command", () => {
    const said = eventMessage(["head", ...Array.from({ length: 20 }, (_, i) => line(i, 200))].join("\n"));
    expect(said.length).toBeLessThanOrEqual(1024);
    expect(said).toContain(command(0));
    expect(said).toMatch(/\(and \d+ more\)$/);
    const begun = said.match(/bulkhead allow/g) ?? [];
    expect(said.match(/--reason "…"/g)).toHaveLength(begun.length);
  });

  it("without a command loses its middle too", () => {
    const said = eventMessage(`begin${"x".repeat(5000)}end`);
    expect(said).toMatch(/^begin.*….*end$/);
    expect(said).toHaveLength(1024);
  });

  it("property: it always fits, and a command that is begun is whole", () => {
    const part = fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 1500 }), fc.boolean());
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 30 }), (parts) => {
        const lines = parts.map(([i, length, door]) => (door ? line(i, length) : "y".repeat(length)));
        const said = eventMessage(lines.join("\n"));
        expect(said.length).toBeLessThanOrEqual(1024);
        expect(said.match(/bulkhead allow/g)?.length).toBe(said.match(/--reason "…"/g)?.length);
      }),
    );
  });
});
