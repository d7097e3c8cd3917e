import { describe, expect, test } from "vitest";
import { rtpTally } from "./rtp.ts";

const slice = [0x41, 0];
const idr = [0x65, 0];

function packet(sequence: number, seconds: number, marker: boolean, payload = slice): Buffer {
  const head = Buffer.alloc(12);
  head[0] = 0x80;
  head[1] = (marker ? 0x80 : 0) | 96;
  head.writeUInt16BE(sequence & 0xffff, 2);
  head.writeUInt32BE((0xffff_f000 + Math.round(seconds * 90_000)) % 2 ** 32, 4);
  return Buffer.concat([head, Buffer.from(payload)]);
}

/** Frames of two packets at 10 in a second, a key frame each second; leaves out what is told. */
function play(seconds: number, lost: readonly number[] = [], start = 65_500) {
  const tally = rtpTally("H264", 90_000);
  for (let n = 0; n < seconds * 20; n++) {
    const frame = Math.floor(n / 2);
    if (lost.includes(n)) continue;
    const first = n % 2 === 0;
    tally.add(packet(start + n, frame / 10, !first, frame % 10 === 0 && first ? idr : slice), n);
  }
  return tally;
}

test("counts frames and key frames across the wrap of both counters", () => {
  expect(play(5).result()).toEqual({
    frames: 50,
    packets: 100,
    fps: 10,
    bitrateKbps: 0.32,
    lostPct: 0,
    idrIntervalS: 1,
  });
});

test("a gap is a loss, by the packet", () => {
  expect(play(5, [20, 21, 22, 70]).result()).toMatchObject({ packets: 96, lostPct: 4 });
});

test("what comes late, or twice, or after the camera began to count anew, is no loss", () => {
  const tally = rtpTally("H264", 90_000);
  const sequences = [10, 11, 13, 12, 14, 14, 15, 40_000, 40_001];
  for (const [at, sequence] of sequences.entries()) tally.add(packet(sequence, at / 10, true), at);
  expect(tally.result()).toMatchObject({ packets: 8, lostPct: 0 });
});

test("the first frame is complete with its marker", () => {
  const tally = rtpTally("H264", 90_000);
  tally.add(packet(1, 0, false), 100);
  expect(tally.firstFrameAt).toBeUndefined();
  tally.add(packet(2, 0, true), 130);
  tally.add(packet(3, 0.1, true), 230);
  expect(tally.firstFrameAt).toBe(130);
});

test("too short for a rate, nothing, and what is no RTP: nothing is invented", () => {
  const tally = rtpTally("H264", 90_000);
  const nothing = {
    fps: undefined,
    bitrateKbps: undefined,
    idrIntervalS: undefined,
  };
  expect(tally.result()).toEqual({ frames: 0, packets: 0, lostPct: undefined, ...nothing });
  for (const bytes of [[], [0x80], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]]) {
    tally.add(Buffer.from(bytes), 0);
  }
  const extension = packet(1, 0, true);
  extension[0] = 0x90;
  tally.add(extension, 0);
  expect(tally.result()).toMatchObject({ packets: 0 });
  tally.add(packet(1, 0, true, idr), 0);
  expect(tally.result()).toEqual({ frames: 1, packets: 1, lostPct: 0, ...nothing });
});

describe("key frames", () => {
  test.each([
    ["H264", "single", [0x65, 1], true],
    ["H264", "a slice", [0x41, 1], false],
    ["H264", "the start of a fragment", [0x7c, 0x85], true],
    ["H264", "the middle of a fragment", [0x7c, 0x05], false],
    [
      "H264",
      "aggregated with its parameter sets",
      [0x78, 0, 1, 0x67, 0, 1, 0x68, 0, 2, 0x65, 9],
      true,
    ],
    ["H264", "aggregated without one", [0x78, 0, 1, 0x67, 0, 1, 0x68], false],
    ["H265", "single IDR_W_RADL", [0x26, 1, 9], true],
    ["H265", "a slice", [0x02, 1, 9], false],
    ["H265", "the start of a fragment", [0x62, 1, 0x93], true],
    ["H265", "the middle of a fragment", [0x62, 1, 0x13], false],
    ["H265", "aggregated with its parameter sets", [0x60, 1, 0, 2, 0x40, 1, 0, 2, 0x26, 1], true],
    ["H265", "a packet of one byte", [0x62], false],
    ["JPEG", "any", [0x65, 1], false],
  ] as const)("%s, %s", (encoding, _, payload, isKey) => {
    const tally = rtpTally(encoding, 90_000);
    tally.add(packet(1, 0, true, [...payload]), 0);
    tally.add(packet(2, 2, true, [...payload]), 0);
    expect(tally.result().idrIntervalS).toBe(isKey ? 2 : undefined);
  });
});
