import type { DriverKind } from "./driver.ts";

/** Every kind of driver; its code is loaded on first use. */
const kinds: Readonly<Record<string, () => Promise<{ driver: DriverKind }>>> = {
  camera: () => import("./drivers/camera/camera.ts"),
  lorawan: () => import("./drivers/lorawan/lorawan.ts"),
  modbus: () => import("./drivers/modbus/modbus.ts"),
  mqtt: () => import("./drivers/mqtt/mqtt.ts"),
  nut: () => import("./drivers/nut/nut.ts"),
  opcua: () => import("./drivers/opcua/opcua.ts"),
  replay: () => import("./drivers/replay/replay.ts"),
  sdi12: () => import("./drivers/sdi12/sdi12.ts"),
  simulate: () => import("./drivers/simulate/simulate.ts"),
  snmp: () => import("./drivers/snmp/snmp.ts"),
};

export const kindNames: readonly string[] = Object.keys(kinds);

/**
 * Loads a kind of driver.
 * @throws Error naming the kinds that exist when this is not one.
 */
export async function loadKind(kind: string): Promise<DriverKind> {
  const load = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (!load) {
    throw new Error(
      `there is no driver of the kind ${JSON.stringify(kind)}; use one of ${kindNames.join(", ")}`,
    );
  }
  return (await load()).driver;
}
