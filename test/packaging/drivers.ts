const site = "82/29869/thu";
/** The last part of the agent's own identity. */
export const agentDevice = "gw-01";
/** The identity whose last part this is. */
export const deviceOf = (name: string): string => `${site}/${name}`;

/** A gauge that is simulated, as a configuration names its driver. */
export const simulated = {
  kind: "simulate",
  device: deviceOf("muc-nuoc-01"),
  config: { model: "tide-gauge", intervalMs: 200 },
};

/** One register of one slave. */
const slaves = [
  { unitId: 1, points: [{ quantity: "water_level_m", function: 3, address: 0, type: "u16" }] },
];

/** On a serial line that is none: it fails where the native part of the library looks at it. */
export const serial = {
  kind: "modbus",
  device: deviceOf("serial"),
  config: { bus: { kind: "serial", path: "/dev/null" }, slaves, timeoutMs: 20_000 },
};

/** Drivers whose counterpart is not there; each must get as far as to notice that. */
export const mute = (host: string, port: number): readonly object[] => [
  serial,
  {
    kind: "modbus",
    device: deviceOf("modbus"),
    config: { bus: { kind: "tcp", host, port }, slaves },
  },
  {
    kind: "opcua",
    device: deviceOf("opcua"),
    config: {
      url: `opc.tcp://${host}:${port}`,
      security: "None",
      points: [{ node: "i=1", quantity: "water_level_m" }],
    },
  },
  {
    kind: "snmp",
    device: deviceOf("snmp"),
    config: { host, port, community: "public", timeoutMs: 200, retries: 0, mib: "ups" },
  },
];
