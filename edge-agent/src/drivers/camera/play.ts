import { hold } from "./deadline.ts";
import type { Credentials } from "./login.ts";
import { rtpTally, type StreamStatistics } from "./rtp.ts";
import { connectRtsp, type RtspConnection, rtspOrigin } from "./rtsp.ts";
import type { RtspResponse } from "./rtsp-message.ts";

/** The video of a session description, and where it is controlled. */
export interface VideoTrack {
  readonly encoding: string;
  readonly clockRate: number;
  readonly control: string;
  /** Where the whole session is controlled. */
  readonly session: string;
}

/** What came of playing; the stream is in order when at least one frame was complete. */
export interface Played extends StreamStatistics {
  /** From PLAY to the first complete frame; undefined when none came. */
  readonly firstFrameMs: number | undefined;
}

export interface PlayOptions {
  readonly url: URL;
  readonly credentials: Credentials | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** How long it is played; 0 ends with the description. */
  readonly playMs: number;
}

/**
 * Asks for a stream's description and, when `playMs` is above 0, plays it for that long over the same
 * TCP connection, keeping nothing but the count of what came. TEARDOWN ends it.
 * @throws RefusedError when the login is not accepted; Error when there is no such stream, no video
 * in it, or no answer.
 */
export async function playStream(options: PlayOptions): Promise<Played | undefined> {
  const { url, playMs, signal } = options;
  let onVideo = (_packet: Buffer): void => {};
  let videoChannel = 0;
  const connection = await connectRtsp({
    ...options,
    onFrame: (channel, payload) => channel === videoChannel && onVideo(payload),
  });
  try {
    const uri = url.href;
    await connection.ask("OPTIONS", uri);
    const description = await expectOk(connection, url, "DESCRIBE", uri, {
      Accept: "application/sdp",
    });
    const track = videoOf(description.body, description.headers["content-base"] ?? uri);
    if (!track) {
      throw new Error(`${rtspOrigin(url)}${url.pathname} has no video: check the path`);
    }
    if (playMs === 0) return undefined;
    const setup = await expectOk(connection, url, "SETUP", track.control, {
      Transport: "RTP/AVP/TCP;unicast;interleaved=0-1",
    });
    const [, channel] = /interleaved=(\d+)/.exec(setup.headers.transport ?? "") ?? [];
    videoChannel = Number(channel ?? 0);
    const tally = rtpTally(track.encoding, track.clockRate);
    onVideo = (packet) => tally.add(packet, performance.now());
    const playedAt = performance.now();
    await expectOk(connection, url, "PLAY", track.session, { Range: "npt=0.000-" });
    await hold(playMs, signal, connection.lost);
    // What the camera answers to the end no longer matters.
    await connection.ask("TEARDOWN", track.session).catch(() => {});
    const { firstFrameAt } = tally;
    const firstFrameMs = firstFrameAt === undefined ? undefined : firstFrameAt - playedAt;
    return { ...tally.result(), firstFrameMs };
  } finally {
    connection.close();
  }
}

async function expectOk(
  connection: RtspConnection,
  url: URL,
  method: string,
  uri: string,
  headers: Record<string, string>,
): Promise<RtspResponse> {
  const response = await connection.ask(method, uri, headers);
  if (response.status === 200) return response;
  const way = response.status === 404 ? ": check the path" : "";
  throw new Error(
    `${rtspOrigin(url)}${url.pathname} answers ${method} with ${response.status} ${response.reason}${way}`,
  );
}

/** The first video of a session description (RFC 8866); undefined when there is none. */
export function videoOf(sdp: string, base: string): VideoTrack | undefined {
  const [head = "", ...media] = sdp.split(/^(?=m=)/m);
  const video = media.find((section) => section.startsWith("m=video"));
  if (!video) return undefined;
  const [, encoding = "", rate] = /^a=rtpmap:\d+ ([^/\s]+)\/(\d+)/m.exec(video) ?? [];
  const attribute = (section: string) => /^a=control:(.*?)\s*$/m.exec(section)?.[1] ?? "*";
  return {
    encoding: encoding.toUpperCase(),
    clockRate: Number(rate ?? 90_000),
    control: controlUri(base, attribute(video)),
    session: controlUri(base, attribute(head)),
  };
}

/** RFC 2326, C.1.1: `*` is the base; what is relative is appended, for a base need not end in `/`. */
function controlUri(base: string, control: string): string {
  if (control === "*") return base;
  if (/^rtsp:\/\//i.test(control)) return control;
  return base.endsWith("/") ? `${base}${control}` : `${base}/${control}`;
}
