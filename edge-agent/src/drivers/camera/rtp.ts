/** What a played stream was like. What it was too short, or too broken, to say is undefined. */
export interface StreamStatistics {
  readonly frames: number;
  readonly packets: number;
  readonly fps: number | undefined;
  readonly bitrateKbps: number | undefined;
  readonly lostPct: number | undefined;
  /** From one frame that can be shown alone to the next; undefined with fewer than two. */
  readonly idrIntervalS: number | undefined;
}

export interface RtpTally {
  /** Takes a packet that came at `atMs`, a monotonic time. */
  add(packet: Buffer, atMs: number): void;
  /** When the first frame was complete; undefined before that. */
  readonly firstFrameAt: number | undefined;
  result(): StreamStatistics;
}

/** More missing at once is not loss but a new count (RFC 3550, A.1: MAX_DROPOUT). */
const maxDropout = 3000;

/**
 * Counts the packets of one video stream (RFC 3550): a marker ends a frame; a gap in the sequence
 * is a loss. Rates go by the stream's own clock, so that the reader's pauses do not show in them.
 * @param encoding as in the SDP, such as `H264`; key frames are known for H264 and H265
 * @param clockRate ticks of the timestamps in a second
 */
export function rtpTally(encoding: string, clockRate: number): RtpTally {
  let firstFrameAt: number | undefined;
  let packets = 0;
  let frames = 0;
  let bytesSinceFirst = 0;
  let expected = 0;
  let lastSequence: number | undefined;
  let lastTimestamp: number | undefined;
  /** Ticks since the first packet, unwrapped. */
  let ticks = 0;
  let firstFrameTicks = 0;
  let lastFrameTicks = 0;
  let bytesAtLastFrame = 0;
  let key = false;
  const keyTicks: number[] = [];

  return {
    get firstFrameAt() {
      return firstFrameAt;
    },
    add(packet, atMs) {
      const payload = payloadOf(packet);
      if (!payload) return;
      const sequence = packet.readUInt16BE(2);
      const step = lastSequence === undefined ? 1 : (sequence - lastSequence) & 0xffff;
      if (step === 0) return;
      packets += 1;
      // Backwards by a little is late, and was expected when it was missing.
      const late = step > 0x10000 - maxDropout;
      if (!late) {
        expected += step < maxDropout ? step : 1;
        lastSequence = sequence;
      }
      const timestamp = packet.readUInt32BE(4);
      if (lastTimestamp !== undefined) ticks += (timestamp - lastTimestamp) | 0;
      lastTimestamp = timestamp;
      bytesSinceFirst += payload.length;
      key ||= startsKeyFrame(encoding, payload);
      const marker = ((packet[1] as number) & 0x80) !== 0;
      if (!marker) return;
      frames += 1;
      if (key) keyTicks.push(ticks);
      key = false;
      if (firstFrameAt === undefined) {
        firstFrameAt = atMs;
        firstFrameTicks = ticks;
        bytesSinceFirst = 0;
      }
      lastFrameTicks = ticks;
      bytesAtLastFrame = bytesSinceFirst;
    },
    result() {
      const seconds = (lastFrameTicks - firstFrameTicks) / clockRate;
      const between = keyTicks.length - 1;
      const firstKey = keyTicks[0] ?? 0;
      const lastKey = keyTicks[between] ?? 0;
      return {
        frames,
        packets,
        fps: seconds > 0 ? (frames - 1) / seconds : undefined,
        bitrateKbps: seconds > 0 ? (bytesAtLastFrame * 8) / 1000 / seconds : undefined,
        lostPct: expected > 0 ? (Math.max(0, expected - packets) / expected) * 100 : undefined,
        idrIntervalS: between > 0 ? (lastKey - firstKey) / clockRate / between : undefined,
      };
    },
  };
}

/** The payload of an RTP packet; undefined when it is none. */
function payloadOf(packet: Buffer): Buffer | undefined {
  if (packet.length < 12 || (packet[0] as number) >> 6 !== 2) return undefined;
  const flags = packet[0] as number;
  let start = 12 + 4 * (flags & 0x0f);
  if (flags & 0x10) {
    if (packet.length < start + 4) return undefined;
    start += 4 + 4 * packet.readUInt16BE(start + 2);
  }
  const padding = flags & 0x20 ? (packet.at(-1) as number) : 0;
  return start + padding <= packet.length
    ? packet.subarray(start, packet.length - padding)
    : undefined;
}

/** Whether a packet opens, or holds, a frame that can be shown alone (RFC 6184, RFC 7798). */
function startsKeyFrame(encoding: string, payload: Buffer): boolean {
  const first = payload[0];
  const second = payload[1];
  if (first === undefined) return false;
  if (encoding === "H264") {
    const type = first & 0x1f;
    if (type === 28) return second !== undefined && (second & 0x80) !== 0 && (second & 0x1f) === 5;
    if (type === 24) return aggregated(payload, 1, (nal) => (nal & 0x1f) === 5);
    return type === 5;
  }
  if (encoding === "H265") {
    const key = (type: number) => type >= 16 && type <= 21;
    const type = (first >> 1) & 0x3f;
    const third = payload[2];
    if (type === 49) return third !== undefined && (third & 0x80) !== 0 && key(third & 0x3f);
    if (type === 48) return aggregated(payload, 2, (nal) => key((nal >> 1) & 0x3f));
    return key(type);
  }
  return false;
}

function aggregated(payload: Buffer, start: number, matches: (nal: number) => boolean): boolean {
  for (let at = start; at + 2 < payload.length; at += 2 + payload.readUInt16BE(at)) {
    if (matches(payload[at + 2] as number)) return true;
  }
  return false;
}
