import type { Log } from "../log.ts";
import { sleep } from "../sleep.ts";
import type { Album } from "./album.ts";

/** A picture outlives its time by at most this while the agent runs. */
const everyMs = 5000;

/** Deletes pictures whose time is over, from the start on until the signal aborts. Never rejects. */
export async function keepPictures(album: Album, log: Log, signal: AbortSignal): Promise<void> {
  let complained = false;
  while (!signal.aborted) {
    try {
      album.expire("kenh-agent");
      complained = false;
    } catch (error) {
      if (!complained) log.error({ err: error }, "a picture whose time is over can't be deleted");
      complained = true;
    }
    await sleep(everyMs, signal);
  }
}
