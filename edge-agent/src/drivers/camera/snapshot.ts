import { createHash } from "node:crypto";
import { ask, type HttpQuestion } from "./http.ts";
import { type Luma, lumaOf } from "./jpeg.ts";

/** A picture of more is none that a camera takes. */
export const maxPictureBytes = 16 * 1024 * 1024;

/** What is left of a picture: three values, from none of which it can be made again. */
export interface PictureStatistics {
  /** 0 black to 255 white. */
  readonly lumaMean: number;
  /** Between blocks of 8 × 8 pixels; small when the camera is covered. */
  readonly lumaStd: number;
  /** The same for the same picture alone: a camera that lives never sends one twice. */
  readonly hash: string;
}

/**
 * Fetches a picture for its statistics; it stays in memory until they are made and goes nowhere.
 * @throws RefusedError when the login is not accepted; Error when there is no picture that can be read.
 */
export async function readSnapshot(question: HttpQuestion): Promise<PictureStatistics> {
  const { status, contentType, body } = await ask(question, maxPictureBytes);
  const { origin, pathname } = question.url;
  if (status !== 200) throw new Error(`${origin}${pathname} answers ${status} and no picture`);
  try {
    return statisticsOf(lumaOf(body));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${origin}${pathname} (${contentType}) can't be read: ${why}`, { cause });
  }
}

/** The statistics of a picture's brightness. */
export function statisticsOf({ width, height, means }: Luma): PictureStatistics {
  let sum = 0;
  let squares = 0;
  for (const mean of means) {
    sum += mean;
    squares += mean * mean;
  }
  const lumaMean = sum / means.length;
  const lumaStd = Math.sqrt(Math.max(0, squares / means.length - lumaMean ** 2));
  const bytes = new Uint8Array(means.buffer, means.byteOffset, means.byteLength);
  const hash = createHash("sha256").update(`${width}x${height}:`).update(bytes).digest("hex");
  return { lumaMean, lumaStd, hash: hash.slice(0, 16) };
}
