import type { Identity, Value } from "@kenh/schemas";

/** A device of the simulated ward. */
export interface WardDevice {
  readonly identity: Identity;
  readonly profile: string;
  readonly intervalMs: number;
  readonly site: number;
}

const sites = 20;
const camerasPerSite = 14;
const unit = "82/29869";
const minute = 60_000;

/** 400 devices: a UPS in the operations room; at each of 20 sites a gateway, cameras and sensors behind it. */
export function wardOf400(): WardDevice[] {
  const devices: WardDevice[] = [
    { identity: `${unit}/ioc/ups-01`, profile: "generic-power", intervalMs: 10_000, site: -1 },
  ];
  for (let site = 0; site < sites; site++) {
    const place = `${unit}/diem-${site}`;
    const add = (name: string, profile: string, intervalMs: number): void => {
      devices.push({ identity: `${place}/${name}`, profile, intervalMs, site });
    };
    add("gw-01", "edge-gateway", minute);
    for (let n = 0; n < camerasPerSite; n++) add(`cam-${n}`, "generic-camera", minute);
    for (let n = 0; n < (site === 0 ? 4 : 5); n++) {
      const profile = n % 2 === 0 ? "generic-water" : "generic-environment";
      add(`sensor-${n}`, profile, 5 * minute);
    }
  }
  return devices;
}

/** When the power goes and when it is back, after the start. */
const cut = { from: 10 * minute, to: 40 * minute, end: 75 * minute } as const;

/** Something that reaches the station. */
export interface Happening {
  readonly at: number;
  readonly device: WardDevice;
  readonly values: Readonly<Record<string, Value>>;
  /** Not telemetry but what the broker knows. */
  readonly presence: boolean;
}

/**
 * What the station hears around the power cut, in order. Most gateways die with the power and are
 * missed when their keep-alive runs out; every fourth has a battery for four minutes, in which it
 * reports that its cameras are gone. When the power is back, gateways take half a minute to two, their
 * cameras another minute, and sensors speak at their next interval.
 */
export function* happenings(devices: readonly WardDevice[]): Generator<Happening> {
  const all: Happening[] = [];
  for (const [n, device] of devices.entries()) {
    const { site, intervalMs } = device;
    const phase = (n * 7919) % intervalMs;
    const say = (at: number, values: Happening["values"], presence = false): void => {
      all.push({ at, device, values, presence });
    };
    const hasBattery = site % 4 === 3;
    const diesAt = cut.from + (hasBattery ? 4 * minute : 0);
    const backAt = cut.to + 30_000 + ((site * 4523) % (90_000 - 1));
    const isGateway = device.profile === "edge-gateway";
    const isCamera = device.profile === "generic-camera";
    if (isGateway) {
      say(1, { online: true }, true);
      say(diesAt + 60_000 + ((n * 997) % 30_000), { online: false }, true);
      say(backAt, { online: true }, true);
    }
    for (let at = phase; at < cut.end; at += intervalMs) {
      if (site < 0) {
        const onBattery = at >= cut.from && at < cut.to;
        const left = 3600 - (onBattery ? (at - cut.from) / 1000 : 0);
        const volts = onBattery ? 0 : 228;
        const words = onBattery ? "OB DISCHRG" : "OL";
        say(at, { ups_status: words, on_battery: onBattery, battery_runtime_s: left });
        say(at + 1, { input_voltage_v: volts });
        continue;
      }
      const ownBack = backAt + (isCamera ? minute : 0);
      const seen = at < diesAt || at >= ownBack;
      if (!seen) continue;
      if (isGateway) say(at, { uptime_s: Math.round(at / 1000) });
      else if (isCamera) say(at, { reachable: at < cut.from || at >= ownBack });
      else if (at < cut.from || at >= backAt) {
        const water = device.profile === "generic-water";
        say(at, water ? { water_level_m: 0.8 } : { air_temperature_c: 29 });
      }
    }
  }
  yield* all.sort((a, b) => a.at - b.at);
}
