import type { AgentConfig } from "./config.ts";
import { loadKind } from "./kinds.ts";
import { type Access, albumIn, type PictureCard } from "./pictures/album.ts";

/**
 * Fetches one picture from a camera of the configuration and keeps it in the agent's state folder for
 * `lifeMs`. It goes nowhere else.
 * @throws Error when the device is no camera of this agent, or there is no picture.
 */
export async function takePicture(
  config: AgentConfig,
  device: string,
  access: Access,
  lifeMs: number,
  signal: AbortSignal,
): Promise<PictureCard> {
  const entries = config.drivers.filter((entry) => entry.device === device);
  for (const { kind, config: of } of entries) {
    const { picture } = (await loadKind(kind)).prepare(of);
    if (!picture) continue;
    const album = albumIn(config.dataDir, Date.now);
    album.expire(access.by);
    return album.take(device, access, lifeMs, () => picture(signal));
  }
  const cameras = config.drivers.filter(({ kind }) => kind === "camera").map((each) => each.device);
  throw new Error(
    `${device} is no camera of this agent; its cameras are ${cameras.join(", ") || "none"}`,
  );
}
