import { spawnSync } from "node:child_process";
import { absent } from "./counterpart.ts";

/**
 * Why tests with pictures made by others are skipped here, or undefined when the programs are there.
 * @throws Error under CI.
 */
export function noPictures(): string | undefined {
  return absent("ffmpeg") ?? absent("cjpeg", "libjpeg-turbo-progs");
}

/** What a program writes for an input. @throws Error when it fails. */
export function piped(program: string, args: readonly string[], input?: Buffer): Buffer {
  const { stdout, stderr, status, error } = spawnSync(program, args, {
    input,
    maxBuffer: 2 ** 27,
  });
  if (status !== 0) throw new Error(`${program}: ${stderr ?? error}`);
  return stdout;
}

function byFfmpeg(source: string, ...more: readonly string[]): Buffer {
  const input = ["-v", "error", "-f", "lavfi", "-i", source, "-frames:v", "1"];
  return piped("ffmpeg", [...input, ...more, "-"]);
}

/** A JPEG of one of ffmpeg's own sources, such as `testsrc2=s=640x480`, in a pixel format. */
export function jpegOf(source: string, format = "yuvj420p"): Buffer {
  return byFfmpeg(source, "-pix_fmt", format, "-c:v", "mjpeg", "-f", "mjpeg");
}

/** The same by libjpeg's `cjpeg`, with its own options. */
export function cjpegOf(source: string, ...options: readonly string[]): Buffer {
  return piped("cjpeg", options, byFfmpeg(source, "-c:v", "ppm", "-f", "image2pipe"));
}
