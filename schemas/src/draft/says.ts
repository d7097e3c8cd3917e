import type { ProfileDriver } from "../profile-source.ts";
import { uplinkOf } from "./json.ts";
import { messagesOf } from "./recognise.ts";
import { variablesIn } from "./upsc.ts";
import { objectsIn } from "./walk.ts";

/** What a sample of each driver looks like, for whoever wrote another thing. */
const forms: Partial<Record<ProfileDriver, string>> = {
  modbus: 'registers by function and address, such as {"holding:0": [16968, 0]}',
  snmp: 'a walk, or values by OID, such as {"1.3.6.1.2.1.33.1.2.4.0": 100}',
  nut: 'a dump of upsc, or values by variable, such as {"battery.charge": "100"}',
  opcua: 'values by node, such as {"ns=2;s=Level": 1.5}',
};

/**
 * What a captured text says, in the form that the samples of a driver's profiles have: the decoded object of
 * an uplink, the payload of a message, the objects of a walk, the variables of a dump.
 * @throws RangeError naming the form that the driver reads
 */
export function saysOf(text: string, driver: ProfileDriver | null): unknown {
  const bare = text.replace(/^\uFEFF/, "").trim();
  const form = driver && forms[driver];
  if (form) {
    const found =
      objectOf(bare) ??
      (driver === "nut" ? variablesIn(bare) : driver === "snmp" ? objectsIn(bare) : undefined);
    if (found && Object.keys(found).length > 0) return found;
    throw new RangeError(`the sample is not of the form that ${driver} reads: give ${form}`);
  }
  const [message] = messagesOf(bare) ?? [];
  if (!message) return bare;
  return uplinkOf(message.payload)?.decoded ?? message.payload;
}

function objectOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
