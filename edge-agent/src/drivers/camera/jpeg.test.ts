import { describe, expect, test } from "vitest";
import { cjpegOf, jpegOf, noPictures, piped } from "../../../../test/support/picture.ts";
import { lumaOf } from "./jpeg.ts";
import { statisticsOf } from "./snapshot.ts";

const missing = noPictures();
const quiet = ["-v", "error"];
const cjpeg = (...args: string[]) => cjpegOf("testsrc2=s=648x360", ...args);

/** What ffmpeg makes of the same picture, at an eighth of its size. */
function byFfmpeg(data: Buffer, width: number, height: number): Buffer {
  const filter = `extractplanes=y,scale=${width}:${height}:flags=area`;
  const args = [...quiet, "-f", "mjpeg", "-i", "-", "-vf", filter, "-f", "rawvideo"];
  return piped("ffmpeg", [...args, "-pix_fmt", "gray", "-"], data);
}

describe.skipIf(missing)(`brightness, beside ffmpeg's${missing ? ` (${missing})` : ""}`, () => {
  test.each([
    ["4:2:0", () => jpegOf("testsrc2=s=1280x720")],
    ["4:2:2", () => jpegOf("testsrc2=s=640x480", "yuvj422p")],
    ["4:4:4", () => jpegOf("testsrc2=s=640x480", "yuvj444p")],
    ["grey", () => jpegOf("testsrc2=s=640x480", "gray")],
    ["black", () => jpegOf("color=black:s=640x352")],
    ["no multiple of 16", () => cjpeg("-quality", "80")],
    ["with restart markers", () => cjpeg("-restart", "7B")],
    ["with codes of its own", () => cjpeg("-optimize", "-sample", "2x2")],
  ])("%s", (_, make) => {
    const data = make();
    const { width, height, means } = lumaOf(data);
    const theirs = byFfmpeg(data, width, height);
    expect(means).toHaveLength(theirs.length);
    const differences = means.map((mean, at) => Math.abs(mean - (theirs[at] as number)));
    expect(Math.max(...differences)).toBeLessThan(4);
    expect(differences.reduce((sum, each) => sum + each, 0) / means.length).toBeLessThan(0.8);
  });

  test("progressive: the first scan says it within a step", () => {
    const data = cjpeg("-progressive", "-quality", "80");
    const { width, height, means } = lumaOf(data);
    const theirs = byFfmpeg(data, width, height);
    const differences = means.map((mean, at) => Math.abs(mean - (theirs[at] as number)));
    expect(differences.reduce((sum, each) => sum + each, 0) / means.length).toBeLessThan(2);
  });

  test("arithmetic coding is told, not guessed", () => {
    expect(() => lumaOf(cjpeg("-arithmetic"))).toThrow("of a kind that is not read (SOF9)");
  });

  test("cut anywhere, it is an error and never half a picture", () => {
    const data = jpegOf("testsrc2=s=320x184");
    for (let length = 0; length < data.length - 64; length += 37) {
      expect(() => lumaOf(data.subarray(0, length))).toThrow(/JPEG|RangeError|range/);
    }
  });

  test("a damaged one never hangs and never gives values out of range", () => {
    const data = jpegOf("testsrc2=s=320x184");
    for (let at = 2; at < data.length; at += 11) {
      const damaged = Buffer.from(data);
      damaged[at] = (damaged[at] as number) ^ 0x5a;
      try {
        for (const mean of lumaOf(damaged).means) {
          if (!(mean >= 0 && mean <= 255)) throw new TypeError(`${mean} at ${at}`);
        }
      } catch (error) {
        expect(error).not.toBeInstanceOf(TypeError);
      }
    }
  });

  test("the hash is that of the brightness: the same for the same picture alone", () => {
    const hash = (source: string) => statisticsOf(lumaOf(jpegOf(source))).hash;
    expect(hash("testsrc2=s=640x480")).toBe(hash("testsrc2=s=640x480"));
    expect(hash("testsrc2=s=640x480")).toMatch(/^[0-9a-f]{16}$/);
    expect(hash("testsrc2=s=640x480,noise=alls=2")).not.toBe(hash("testsrc2=s=640x480"));
  });
});

test.each([
  [[]],
  [[0xff, 0xd8]],
  [[0x89, 0x50, 0x4e, 0x47, 13, 10]],
  [[0xff, 0xd8, 0xff, 0xd9, 0, 2]],
])("%j is no picture", (bytes) => {
  expect(() => lumaOf(Buffer.from(bytes))).toThrow(/JPEG/);
});
