import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Counterpart, freePort, start, until } from "./counterpart.ts";

const python = "/usr/bin/python3";
const imports = `import gi, sys
gi.require_version('Gst', '1.0'); gi.require_version('GstRtspServer', '1.0')
from gi.repository import Gst, GstRtspServer, GLib
Gst.init(None)
`;
const program = `${imports}
server = GstRtspServer.RTSPServer(); server.set_address('127.0.0.1'); server.set_service(sys.argv[1])
auth = GstRtspServer.RTSPAuth(); auth.set_supported_methods(1 if sys.argv[2] == 'basic' else 2)
token = GstRtspServer.RTSPToken(); token.set_string('media.factory.role', 'user')
if sys.argv[2] == 'basic': auth.add_basic(GstRtspServer.RTSPAuth.make_basic('admin', 'p@ss'), token)
else: auth.add_digest('admin', 'p@ss', token)
server.set_auth(auth)
perms = GstRtspServer.RTSPPermissions()
for p in ('media.factory.access', 'media.factory.construct'): perms.add_permission_for_role('user', p, True)
factory = GstRtspServer.RTSPMediaFactory(); factory.set_shared(True)
factory.set_launch('( videotestsrc is-live=true ! video/x-raw,width=320,height=180,framerate=10/1 '
                   '! x264enc tune=zerolatency key-int-max=10 bitrate=256 ! rtph264pay name=pay0 pt=96 )')
factory.set_permissions(perms)
server.get_mount_points().add_factory('/cam1', factory)
server.attach(None); print('listening', flush=True); GLib.MainLoop().run()
`;

/**
 * Why tests with GStreamer's RTSP server are skipped here, or undefined when it is installed.
 * @throws Error under CI.
 */
export function noRtspServer(): string | undefined {
  const check = `${imports}assert Gst.ElementFactory.find('x264enc') and Gst.ElementFactory.find('rtph264pay')`;
  if (spawnSync(python, ["-c", check]).status === 0) return undefined;
  const reason =
    "GStreamer's RTSP server is not installed (apt-get install gir1.2-gst-rtsp-server-1.0 python3-gi gstreamer1.0-rtsp gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly)";
  if (process.env.CI) throw new Error(`${reason}, and CI must run every counterpart`);
  return reason;
}

export interface RtspServer extends Counterpart {
  readonly port: number;
  /** H.264, 320 × 180, 10 frames in a second, a key frame every second; user admin, password p@ss. */
  readonly url: string;
}

/**
 * Starts GStreamer's RTSP server with one live stream, for admin with p@ss.
 * @param port a free one when undefined
 */
export async function startRtspServer(
  folder: string,
  port?: number,
  login: "digest" | "basic" = "digest",
): Promise<RtspServer> {
  const own = port ?? (await freePort());
  const file = join(folder, "rtsp-server.py");
  writeFileSync(file, program);
  const server = start(python, [file, String(own), login]);
  await until(() => {
    if (server.child.exitCode !== null) throw new Error(`rtsp server ended: ${server.output()}`);
    return server.output().includes("listening");
  }, "the RTSP server to listen");
  return { ...server, port: own, url: `rtsp://127.0.0.1:${own}/cam1` };
}
