import type { Identity } from "@kenh/schemas";
import type { PublishPacket } from "aedes";
import type { Logger } from "pino";

/** Told of each status that a device publishes, its last will included. */
export type OnStatus = (identity: Identity, payload: Uint8Array) => void;

/** Passes a status on; an error of whoever is told is logged, and the device does not suffer for it. */
export function announce(onStatus: OnStatus, log: Logger): OnStatus {
  return (identity, payload) => {
    try {
      onStatus(identity, payload);
    } catch (error) {
      log.error({ error, identity }, "the status was not taken");
    }
  };
}

/** aedes hands over a last will as it stood in CONNECT, which is no packet of its own. */
export function isLastWill(packet: PublishPacket): boolean {
  return packet.cmd !== "publish";
}
