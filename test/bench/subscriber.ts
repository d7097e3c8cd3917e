import { connect, type Socket } from "node:net";
import { generate, parser } from "mqtt-packet";
import { connectPacket, type Login } from "./connection.ts";

/** A subscriber with QoS 0 that counts what comes. */
export interface Subscriber {
  readonly count: number;
  /** Stops reading; the connection stays. */
  freeze(): void;
  close(): void;
}

/** Subscribes to `filter`; resolves at the SUBACK. */
export function subscribe(port: number, login: Login, filter: string): Promise<Subscriber> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, "127.0.0.1");
    const parse = parser();
    let count = 0;
    parse.on("packet", ({ cmd }) => {
      if (cmd === "publish") count++;
      else if (cmd === "connack") {
        socket.write(
          generate({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: filter, qos: 0 }] }),
        );
      } else if (cmd === "suback") {
        resolve({
          get count() {
            return count;
          },
          freeze: () => socket.pause(),
          close: () => socket.destroy(),
        });
      }
    });
    socket.on("data", (bytes) => parse.parse(bytes));
    socket.on("error", reject);
    socket.write(connectPacket(login));
  });
}
