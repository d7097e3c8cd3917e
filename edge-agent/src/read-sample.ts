import type { ProfileDriver, Value } from "@kenh/schemas";

type Readings = Record<string, Value | null>;
type Says = Readonly<Record<string, unknown>>;

/**
 * What a driver makes of a recorded answer, by quantity; null is missing.
 * @param config of the driver, parsed
 * @param says what the device said, in the form of the profile's samples
 * @throws RangeError when the profile's own decoder can't read the payload
 */
export async function readSample(
  driver: ProfileDriver,
  config: unknown,
  says: unknown,
): Promise<Readings> {
  switch (driver) {
    case "lorawan": {
      const { devices } = config as import("./drivers/lorawan/config.ts").Config;
      const [device] = Object.values(devices);
      return fromDocument(await decoded(says, device?.decoder), device?.points ?? []);
    }
    case "mqtt": {
      const { subscriptions } = config as import("./drivers/mqtt/config.ts").Config;
      return fromDocument(says, subscriptions[0]?.points ?? []);
    }
    case "modbus":
      return fromRegisters(config as import("./drivers/modbus/config.ts").Config, says as Says);
    case "snmp":
      return fromObjects(config as import("./drivers/snmp/config.ts").Config, says as Says);
    case "nut":
      return fromVariables(says as Says);
    case "opcua": {
      const { interpret } = await import("./drivers/extract.ts");
      const { points } = config as import("./drivers/opcua/config.ts").Config;
      const held = points.filter(({ node }) => Object.hasOwn(says as Says, node));
      return Object.fromEntries(
        held.map((point) => [point.quantity, interpret((says as Says)[point.node], point).value]),
      );
    }
    case "camera":
      return {};
  }
}

/** The decoded object: as it was recorded, or what the profile's own decoder makes of the payload. */
async function decoded(says: unknown, decoder: string | undefined): Promise<unknown> {
  const { decodeOnce, isRaw } = await import("./decoder/try.ts");
  if (decoder === undefined || !isRaw(says)) return says;
  const { data, errors } = await decodeOnce(decoder, says);
  if (errors.length > 0) throw new RangeError(errors.join("; "));
  return data;
}

async function fromDocument(
  says: unknown,
  points: readonly import("./drivers/extract.ts").Point[],
): Promise<Readings> {
  const { extract } = await import("./drivers/extract.ts");
  const { values, qc } = extract(says, points, () => undefined);
  return { ...missingOf(qc, values), ...values };
}

async function fromRegisters(
  { slaves }: import("./drivers/modbus/config.ts").Config,
  says: Says,
): Promise<Readings> {
  const { pointReading } = await import("./drivers/modbus/reading.ts");
  const held = (slaves[0]?.points ?? []).flatMap((point) => {
    const answered = says[`${point.function}:${point.address}`];
    return Array.isArray(answered) ? [{ point, answered: answered as number[] }] : [];
  });
  return Object.fromEntries(
    held.map(({ point, answered }) => [point.quantity, pointReading(point, answered).value]),
  );
}

async function fromObjects(
  { points }: import("./drivers/snmp/config.ts").Config,
  says: Says,
): Promise<Readings> {
  const { readPoint } = await import("./drivers/snmp/point.ts");
  const held = points.filter(({ oid }) => Object.hasOwn(says, oid));
  return Object.fromEntries(
    held.map((point) => [
      point.quantity,
      readPoint(says[point.oid] as number | string, point).value ?? null,
    ]),
  );
}

async function fromVariables(says: Says): Promise<Readings> {
  const { readVariables } = await import("./drivers/nut/quantities.ts");
  const variables = new Map(Object.entries(says).map(([name, text]) => [name, String(text)]));
  const { values, qc } = readVariables(variables, { now: 0, trusted: [] });
  return { ...missingOf(qc, values), ...values };
}

/** What has a flag and no value is missing. */
function missingOf(qc: Readonly<Record<string, unknown>>, values: object): Readings {
  const names = Object.keys(qc).filter((name) => !Object.hasOwn(values, name));
  return Object.fromEntries(names.map((name) => [name, null]));
}
