import fc from "fast-check";
import { expect, test } from "vitest";
import { type LoggedPacket, parseNflog, pcapReader } from "./pcap.ts";

/** What tcpdump wrote of one refused UDP packet from 127.0.0.1 to 127.0.0.1 port 99, logged with prefix `bh:e:abc123`. */
const recorded = Buffer.from(
  "d4c3b2a1020004000000000000000000" +
    "00010000ef000000" +
    "ab8d016b22930300" +
    "5800000058000000" +
    "0200000708000100" +
    "0800030010000a00" +
    "62683a653a6162633132330008000500" +
    "0000000108000b000000000008000e00" +
    "00000000230009004500001f82bf4000" +
    "4011ba0c7f0000017f000001b23a0063" +
    "000bfe1e68690a00",
  "hex",
);
const expected: LoggedPacket = {
  prefix: "bh:e:abc123",
  inInterface: undefined,
  source: "127.0.0.1",
  destination: "127.0.0.1",
  protocol: 17,
  sourcePort: 45626,
  destinationPort: 99,
};

test("a recorded stream is read whole, however it is cut", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: recorded.length })), (cuts) => {
      const packets: LoggedPacket[] = [];
      const read = pcapReader((packet) => packets.push(packet));
      let at = 0;
      for (const cut of [...cuts, recorded.length].sort((a, b) => a - b)) {
        read(recorded.subarray(at, cut));
        at = cut;
      }
      expect(packets).toEqual([expected]);
    }),
  );
});

test("no record makes the parser throw", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void parseNflog(Buffer.from(bytes))));
  const record = recorded.subarray(40);
  fc.assert(
    fc.property(fc.nat(record.length - 1), fc.nat(255), fc.nat(record.length), (at, byte, length) => {
      const copy = Buffer.from(record.subarray(0, length));
      if (at < copy.length) copy[at] = byte;
      parseNflog(copy);
    }),
    { numRuns: 2_000 },
  );
});

test("what is no such stream is refused", () => {
  expect(() => pcapReader(() => {})(Buffer.alloc(24))).toThrow(/not a pcap/);
  const long = Buffer.from(recorded);
  long.writeUInt32LE(1_000_000, 32);
  expect(() => pcapReader(() => {})(long)).toThrow(/too long/);
});
