import type { Finding, Probe } from "../../driver.ts";
import { type Acquaintance, addressesOf, credentialsOf } from "./acquaintance.ts";
import { check } from "./check.ts";
import { type Config, discoveryGroup } from "./config.ts";
import { discover } from "./discovery.ts";

/** Cameras answer a discovery within half a second (WS-Discovery: APP_MAX_DELAY); some are slower. */
const discoveryMs = 3000;

/**
 * Looks at one camera, or, at `onvif://239.255.255.250`, asks the network which are there.
 * `rtsp://user:password@host/path` looks at a stream, `onvif://user:password@host` or the address of
 * the device service at all that the camera names.
 */
export const probe: Probe<Config> = {
  schemes: ["rtsp", "onvif", "http", "https"],

  configOf(address) {
    const { hostname, protocol, host, pathname, search } = address;
    const login = {
      ...(address.username && { username: decodeURIComponent(address.username) }),
      ...(address.password && { password: decodeURIComponent(address.password) }),
    };
    const path = pathname === "" || pathname === "/" ? "/onvif/device_service" : pathname;
    if (protocol === "rtsp:") {
      const url = `rtsp://${host}${pathname}${search}`;
      return { host: hostname, ...login, rtsp: { url }, onvif: false, snapshot: false };
    }
    const scheme = protocol === "https:" ? "https" : "http";
    return { host: hostname, ...login, onvif: { url: `${scheme}://${host}${path}` } };
  },

  async run(config, signal) {
    if (config.host === discoveryGroup) {
      const found = await discover(discoveryMs, signal);
      return found.map(({ url, name, hardware }) => ({
        point: url,
        value: name ?? null,
        ...(hardware && { note: hardware }),
      }));
    }
    const known: Acquaintance = { clockOffsetMs: 0 };
    const credentials = await credentialsOf(config);
    const checked = await check(config, known, { play: true, credentials, now: Date.now, signal });
    const { values, qc = {} } = checked.sample;
    if (values.reachable !== true) throw new Error(checked.faults.join("; "));
    const { information, profiles } = known.description ?? {};
    const { stream, snapshot } = addressesOf(config, known);
    const about = { ...information, profiles: profiles?.join(", "), stream, snapshot };
    return [
      ...Object.entries(about).flatMap(([point, value]) =>
        value === undefined ? [] : [{ point, value: String(value) }],
      ),
      ...Object.entries(values).map(([point, value]) => ({ point, value })),
      ...Object.keys(qc).map((point) => ({ point, value: null, note: "could not be read" })),
      ...checked.faults.map((note): Finding => ({ point: "fault", value: null, note })),
    ];
  },
};
