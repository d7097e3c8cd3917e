import { expect, test } from "vitest";
import { videoOf } from "./play.ts";

const head = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=x\r\nt=0 0\r\n";
const audio = "m=audio 0 RTP/AVP 8\r\na=control:track2\r\n";
const video = (control: string, encoding = "H264/90000") =>
  `m=video 0 RTP/AVP 96\r\na=rtpmap:96 ${encoding}\r\na=control:${control}\r\n`;

test.each([
  ["relative to a base with a slash", "track1", "rtsp://c/s/", "rtsp://c/s/track1"],
  ["relative to a base without", "trackID=1", "rtsp://c/s?a=b", "rtsp://c/s?a=b/trackID=1"],
  ["absolute", "rtsp://c/other/1", "rtsp://c/s/", "rtsp://c/other/1"],
  ["the session itself", "*", "rtsp://c/s/", "rtsp://c/s/"],
])("where a track is controlled: %s", (_, control, base, expected) => {
  const sdp = `${head}a=control:*\r\n${audio}${video(control)}`;
  expect(videoOf(sdp, base)).toEqual({
    encoding: "H264",
    clockRate: 90_000,
    control: expected,
    session: base,
  });
});

test("the encoding is in capitals, and a static payload type has the clock of RFC 3551", () => {
  expect(videoOf(head + video("*", "h265/90000"), "rtsp://c/")?.encoding).toBe("H265");
  const jpeg = `${head}m=video 0 RTP/AVP 26\r\na=control:1\r\n`;
  expect(videoOf(jpeg, "rtsp://c/")).toMatchObject({ encoding: "", clockRate: 90_000 });
});

test.each(["", head, head + audio, "<html>"])("%.12j has no video", (sdp) => {
  expect(videoOf(sdp, "rtsp://c/")).toBeUndefined();
});
