import { createSocket, type RemoteInfo, type Socket } from "node:dgram";

type Listener = (message: Buffer, from: RemoteInfo) => void;

/**
 * A module in the shape of node:dgram for the library's session: only the device is heard, and a
 * datagram on which the decoder stumbles is dropped and counted instead of ending the process.
 */
export function guardedDatagrams(address: string, onDropped: () => void) {
  return {
    createSocket(type: "udp4" | "udp6"): Socket {
      const socket = createSocket(type);
      const on = socket.on.bind(socket) as (event: string, listener: Listener) => Socket;
      const guarded = (event: string, listener: Listener): Socket =>
        on(
          event,
          event !== "message"
            ? listener
            : (message, from) => {
                if (from.address !== address) return;
                try {
                  listener(message, from);
                } catch {
                  onDropped();
                }
              },
        );
      socket.on = guarded as Socket["on"];
      return socket;
    },
  };
}
