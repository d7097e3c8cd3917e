import { type Clock, type Flag, flags, type Value } from "@kenh/schemas";
import type { DriverSample } from "../../driver.ts";
import { type Acquaintance, addressesOf, isHeld, soapContext } from "./acquaintance.ts";
import type { Config } from "./config.ts";
import { type Credentials, RefusedError } from "./login.ts";
import { describe, readClock } from "./onvif.ts";
import { playStream } from "./play.ts";
import { connectSocket, rtspPort } from "./rtsp.ts";
import { readSnapshot } from "./snapshot.ts";

const playedQuantities = [
  "fps",
  "bitrate_kbps",
  "rtp_lost_pct",
  "first_frame_ms",
  "idr_interval_s",
] as const;
const pictureQuantities = ["luma_mean", "luma_std", "frame_hash"] as const;

/** What one check found. */
export interface Checked {
  readonly sample: DriverSample;
  /** What did not answer as it should, each with the way out. */
  readonly faults: readonly string[];
}

export interface CheckOptions {
  /** Whether this round plays the stream, or ends with its description. */
  readonly play: boolean;
  readonly credentials: Credentials | undefined;
  readonly now: Clock;
  readonly signal: AbortSignal;
}

/**
 * Looks at a camera once: can it be reached, does it let us in, what does its clock say, does its
 * stream run, what is its picture like. What was to be read and could not be is flag 9; a refused
 * login ends the check, for each further try brings the account nearer to its lock.
 * @throws what the signal was aborted with; a camera's own trouble is in the answer.
 */
export async function check(
  config: Config,
  known: Acquaintance,
  options: CheckOptions,
): Promise<Checked> {
  const { play, credentials, now, signal } = options;
  const { timeoutMs, rtsp } = config;
  const values: Record<string, Value> = {};
  const qc: Record<string, Flag> = {};
  const faults: string[] = [];
  const expect = (...names: readonly string[]): void => {
    for (const name of names) if (!(name in values)) qc[name] = flags.missing;
  };
  const give = (name: string, value: Value | undefined, digits = 0): void => {
    expect(name);
    if (value === undefined) return;
    values[name] = typeof value === "number" ? Number(value.toFixed(digits)) : value;
    delete qc[name];
  };
  const done = (): Checked => ({
    sample: { ts: now(), values, ...(Object.keys(qc).length > 0 && { qc }) },
    faults,
  });
  /** Gives undefined, with the fault noted, for what fails; a refused login is remembered. */
  const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      const result = await work();
      if (values.auth_ok === undefined) give("auth_ok", true);
      return result;
    } catch (error) {
      signal.throwIfAborted();
      faults.push(error instanceof Error ? error.message : String(error));
      if (error instanceof RefusedError) {
        give("auth_ok", false);
        known.refused = { password: credentials?.password, at: now() };
      }
      return undefined;
    }
  };

  const { onvif } = addressesOf(config, known);
  const reached = await reach(config, known, signal);
  give("reachable", typeof reached === "number");
  give("rtt_ms", typeof reached === "number" ? reached : undefined, 1);
  if (onvif || rtsp !== false) expect("auth_ok");
  if (onvif) expect("clock_offset_s");
  const streamKnown = rtsp !== false && (rtsp.url !== undefined || onvif !== undefined);
  const playing = rtsp !== false && play;
  if (streamKnown) expect("stream_ok", ...(playing ? playedQuantities : []));
  if (addressesOf(config, known).snapshot) expect(...pictureQuantities);
  if (typeof reached !== "number") {
    faults.push(reached.message);
    if (streamKnown) give("stream_ok", false);
    delete known.description;
    return done();
  }

  const context = soapContext(config, known, credentials, now, signal);
  if (onvif) {
    const before = now();
    try {
      // Whole seconds, cut off: half a second later in the mean.
      const offset = (await readClock(onvif, context)) + 500 - (before + now()) / 2;
      known.clockOffsetMs = offset;
      give("clock_offset_s", offset / 1000, 1);
    } catch (error) {
      signal.throwIfAborted();
      faults.push(error instanceof Error ? error.message : String(error));
    }
  }
  if (isHeld(known, credentials, config, now())) {
    give("auth_ok", false);
    return done();
  }
  delete known.refused;

  const nothingElse = !addressesOf(config, known).stream && !addressesOf(config, known).snapshot;
  if (onvif && config.onvif !== false && (!known.description || nothingElse)) {
    const { profile } = config.onvif;
    const description = await attempt(() => describe(onvif, config.host, profile, context));
    if (known.refused) return done();
    const firmware = description?.information.firmware;
    if (firmware && firmware !== known.description?.information.firmware)
      give("firmware", firmware);
    if (description) known.description = description;
  }

  const { stream, snapshot } = addressesOf(config, known);
  if (stream && rtsp !== false) {
    const ended = { done: false };
    const playMs = play ? rtsp.playMs : 0;
    const asked = { url: stream, credentials, timeoutMs, signal, playMs };
    const played = await attempt(async () => {
      const result = await playStream(asked);
      ended.done = true;
      return result;
    });
    if (known.refused) return done();
    if (!ended.done) give("stream_ok", false);
    else if (played) {
      give("stream_ok", played.frames > 0);
      if (played.frames === 0)
        faults.push(`${stream.host} was played for ${playMs} ms and sent no frame`);
      give("fps", played.fps, 2);
      give("bitrate_kbps", played.bitrateKbps, 1);
      give("rtp_lost_pct", played.lostPct, 3);
      give("first_frame_ms", played.firstFrameMs);
      give("idr_interval_s", played.idrIntervalS, 3);
    } else delete qc.stream_ok;
  }

  if (snapshot) {
    expect(...pictureQuantities);
    const question = { url: snapshot, credentials, timeoutMs, signal };
    const picture = await attempt(() => readSnapshot(question));
    give("luma_mean", picture?.lumaMean, 2);
    give("luma_std", picture?.lumaStd, 2);
    give("frame_hash", picture?.hash);
  }
  return done();
}

/** The time of a TCP handshake in milliseconds with the first service that takes one, else the Error. */
async function reach(
  config: Config,
  known: Acquaintance,
  signal: AbortSignal,
): Promise<number | Error> {
  const { onvif, stream, isapi } = addressesOf(config, known);
  const targets = [
    ...(stream ? [{ host: stream.hostname, port: rtspPort(stream) }] : []),
    ...[onvif, isapi].flatMap((url) => (url ? [{ host: url.hostname, port: httpPort(url) }] : [])),
  ];
  let failure = new Error(`${config.host} has no address to ask`);
  for (const { host, port } of targets) {
    const before = performance.now();
    try {
      const socket = await connectSocket(host, port, config.timeoutMs, signal);
      socket.on("error", () => {});
      socket.destroy();
      return performance.now() - before;
    } catch (error) {
      signal.throwIfAborted();
      failure = error instanceof Error ? error : new Error(String(error));
    }
  }
  return failure;
}

function httpPort(url: URL): number {
  return Number(url.port || (url.protocol === "https:" ? 443 : 80));
}
