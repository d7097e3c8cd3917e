import type { Identity, Profile, ProfileDriver, ProfileSample, Value } from "@kenh/schemas";
import type * as z from "zod";
import { faultOfDecoder } from "./decoder/try.ts";
import { loadKind } from "./kinds.ts";
import { readSample } from "./read-sample.ts";

/** Something wrong in a profile: where, and what to do about it. */
export interface ProfileFault {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Which device of the field it is, beside its address. */
export interface Installation {
  readonly device: Identity;
  /** Such as `modbus://10.0.0.5:502?unit=1`; that of `kenh agent probe`. */
  readonly address: string;
  /** Of a LoRaWAN node: its devEui, or device_id of The Things Stack; else as a message names it that holds several. */
  readonly node?: string;
  /** Where the clock of the device stands, where its times carry no zone. */
  readonly zone?: string;
}

/** An entry of `drivers` in an agent's configuration. */
export interface DriverEntry {
  readonly kind: string;
  readonly device: Identity;
  readonly config: Readonly<Record<string, unknown>>;
}

/** Addresses by which a profile is tried: nothing is ever asked there. */
const anywhere = {
  lorawan: "chirpstack://profile.invalid",
  mqtt: "mqtt://profile.invalid",
  modbus: "modbus://profile.invalid?unit=1",
  snmp: "snmp://profile.invalid",
  nut: "nut://profile.invalid/ups",
  opcua: "opc.tcp://profile.invalid",
  camera: "rtsp://profile.invalid/",
} as const;
const nobody = "00/profile/profile/device" as Identity;

/**
 * The entry that makes an agent read a device of a model.
 * @throws RangeError when the profile names no source, or the address is not one of its driver.
 */
export async function driverEntry(profile: Profile, at: Installation): Promise<DriverEntry> {
  const { source } = profile;
  if (!source) {
    throw new RangeError(
      `profile ${profile.name} names no source: it takes what devices send themselves; choose another, or give it one`,
    );
  }
  const { addresses } = await loadKind(source.driver);
  const address = URL.canParse(at.address) ? new URL(at.address) : undefined;
  const schemes = addresses?.schemes ?? [];
  if (!address || !schemes.includes(address.protocol.slice(0, -1))) {
    throw new RangeError(
      `${at.address} is no address of ${source.driver}: begin it with ${schemes.map((each) => `${each}://`).join(" or ")}`,
    );
  }
  const base = addresses?.configOf(address) as Record<string, unknown>;
  return { kind: source.driver, device: at.device, config: configOf(profile, base, at) };
}

/** The driver's configuration: the address's, with what the model fixes in its place. */
function configOf(
  { source, intervalMs, name }: Profile,
  base: Record<string, unknown>,
  { device, node, zone }: Installation,
): Record<string, unknown> {
  const { driver, config, points } = source as NonNullable<Profile["source"]>;
  const every = intervalMs === undefined ? {} : { intervalMs };
  switch (driver) {
    case "lorawan": {
      if (node === undefined) throw new RangeError(`${name} is a LoRaWAN node: name its devEui`);
      const { decoder, ...rest } = config;
      const own = decoder === undefined ? {} : { decoder };
      return { ...base, ...rest, devices: { [node]: { device, points, ...own } } };
    }
    case "mqtt": {
      const [given] = base["subscriptions"] as { topic: string }[];
      const topic = given && given.topic !== "#" ? { topic: given.topic } : {};
      const { time, nodeBy, ...rest } = config;
      if (nodeBy !== undefined && node === undefined) {
        throw new RangeError(
          `one message of ${name} holds several devices: name this one as the message does, with --node`,
        );
      }
      const whose =
        nodeBy === undefined || node === undefined
          ? { device }
          : { deviceBy: { ...(nodeBy as object), devices: { [node]: device } } };
      const known =
        typeof time === "object" && time !== null
          ? { time: { ...time, ...(zone && zoneless(time) && { zone }) } }
          : {};
      return { ...base, subscriptions: [{ ...rest, ...known, ...topic, ...whose, points }] };
    }
    case "modbus": {
      const [slave] = base["slaves"] as { unitId: number }[];
      return { ...base, ...every, ...config, slaves: [{ unitId: slave?.unitId ?? 1, points }] };
    }
    case "snmp": {
      const { mib: _, ...rest } = base;
      return { ...rest, ...every, ...config, ...(points.length > 0 && { points }) };
    }
    case "opcua":
      return { ...base, ...config, points };
    case "nut":
    case "camera":
      return { ...base, ...every, ...config };
  }
}

/** A time that carries no zone of its own; any other has no use for one. */
const zoneless = (time: object): boolean =>
  (time as { format?: unknown }).format === "tasmota-local";

/**
 * What is wrong with the source and the samples of a profile: all that the driver would refuse, and each
 * reading that a recorded answer does not give. None when it has no source.
 */
export async function checkProfile(profile: Profile): Promise<readonly ProfileFault[]> {
  const { source } = profile;
  if (!source) return [];
  const parsed = await configured(profile, source.driver);
  if (!parsed.success) {
    return parsed.error.issues.flatMap(told).flatMap((issue) => {
      const path = placeIn(issue.path);
      return issue.code === "unrecognized_keys"
        ? issue.keys.map((key) => ({ path: [...path, key], message: "is not known there" }))
        : [{ path, message: issue.message }];
    });
  }
  const faults: ProfileFault[] = [];
  const { decoder } = source.config;
  const broken = typeof decoder === "string" ? await faultOfDecoder(decoder) : undefined;
  if (broken !== undefined) return [{ path: ["source", "config", "decoder"], message: broken }];
  for (const [index, sample] of profile.samples.entries()) {
    const given = await readSample(source.driver, parsed.data, sample.says).catch(
      (error: unknown) => {
        if (!(error instanceof RangeError)) throw error;
        faults.push({
          path: ["samples", index, "says"],
          message: `the decoder can't read it: ${error.message}`,
        });
        return sample.gives;
      },
    );
    faults.push(
      ...differences(sample, given).map((message) => ({
        path: ["samples", index, "gives"],
        message,
      })),
    );
  }
  return faults;
}

/**
 * What a device that says this gives, by quantity; null is missing. Undefined when the profile names no
 * source, or its driver would refuse it.
 * @throws Error when what is said is not of the form that the driver reads
 */
export async function readAs(profile: Profile, says: unknown): Promise<Given | undefined> {
  const { source } = profile;
  if (!source) return undefined;
  const parsed = await configured(profile, source.driver);
  return parsed.success ? readSample(source.driver, parsed.data, says) : undefined;
}

/** The configuration of the profile's driver, at an address where nothing is asked. */
async function configured(profile: Profile, driver: ProfileDriver) {
  const { config } = await driverEntry(profile, {
    device: nobody,
    address: anywhere[driver],
    node: "0".repeat(16),
    zone: "UTC",
  });
  return (await loadKind(driver)).configSchema.safeParse(config);
}

/** Of what may have several forms: what is wrong with the one that was most likely meant. */
function told(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== "invalid_union") return [issue];
  const deepest = issue.errors.toSorted((a, b) => reach(b) - reach(a))[0] ?? [];
  // Several words for one place: the driver's own message names them all.
  if (reach(deepest) === 0) return [issue];
  return deepest.flatMap((inner) => told({ ...inner, path: [...issue.path, ...inner.path] }));
}
const reach = (issues: readonly z.core.$ZodIssue[]): number =>
  Math.max(0, ...issues.map(({ path }) => path.length));

/** The place in the profile of a place in the driver's configuration. */
function placeIn(path: readonly PropertyKey[]): readonly PropertyKey[] {
  const points = path.indexOf("points");
  if (points >= 0) return ["source", ...path.slice(points)];
  const own = path[0] === "subscriptions" ? path.slice(2) : path;
  // What names a device is written without the devices in a profile.
  const rest = own[0] === "deviceBy" ? ["nodeBy", ...own.slice(1)] : own;
  return ["source", "config", ...rest];
}

/** What a sample gives, by quantity; null is missing. */
export type Given = Readonly<Record<string, Value | null>>;

function differences({ name, gives }: ProfileSample, given: Given): string[] {
  const shown = (value: Value | null | undefined): string => JSON.stringify(value) ?? "nothing";
  return [...new Set([...Object.keys(gives), ...Object.keys(given)])].flatMap((quantity) => {
    const right = gives[quantity];
    const value = Object.hasOwn(given, quantity) ? given[quantity] : undefined;
    if (same(right, value)) return [];
    return [
      `sample ${JSON.stringify(name)} must give ${quantity} ${shown(right)}, and gives ${shown(value)}: correct the point, or what the sample must give`,
    ];
  });
}

/** Numbers are the same to nine digits, which is more than any of them has. */
function same(one: Value | null | undefined, other: Value | null | undefined): boolean {
  if (typeof one !== "number" || typeof other !== "number") return one === other;
  return Math.abs(one - other) <= 1e-9 * Math.max(1, Math.abs(one), Math.abs(other));
}
