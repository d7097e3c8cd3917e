import { residentBytes } from "../child.ts";
import type { Row } from "../goals.ts";
import { pace, type Rig } from "../rig.ts";
import type { Sizes } from "../sizes.ts";
import { show } from "../statistics.ts";

const sampleEveryMs = 250;
/** 20 samples each; sent in stretches, for they are made beforehand. */
const messagesPerSecond = 1500;
const stretchSeconds = 20;

/** Resident memory of the station under a steady load. */
export async function memory(rig: Rig, { memorySeconds }: Sizes): Promise<Row> {
  const resident: number[] = [];
  const timer = setInterval(() => resident.push(residentBytes(rig.station.pid)), sampleEveryMs);
  for (let left = memorySeconds; left > 0; left -= stretchSeconds) {
    const messages = Math.ceil(messagesPerSecond * Math.min(left, stretchSeconds));
    await pace(rig, { messages, samples: 20, perSecond: messagesPerSecond });
  }
  clearInterval(timer);
  resident.push(residentBytes(rig.station.pid));
  const quarter = (n: number) => {
    const [from, to] = [n / 4, (n + 1) / 4].map((part) => Math.floor(resident.length * part));
    const some = resident.slice(from, Math.max((from ?? 0) + 1, to ?? 0));
    return some.reduce((sum, bytes) => sum + bytes, 0) / some.length;
  };
  const MiB = 1024 * 1024;
  const [second, last] = [quarter(1), quarter(3)];
  return {
    name: "memory",
    value: last / second,
    about: `${show(second / MiB, 0)} to ${show(last / MiB, 0)} MiB in ${memorySeconds} s`,
  };
}
