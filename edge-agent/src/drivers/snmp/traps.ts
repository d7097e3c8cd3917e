import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import type { Hints } from "./rounds.ts";

/** One socket for all devices that send their traps to the same address and port of this machine. */
interface Door {
  readonly opened: Promise<Socket>;
  readonly listeners: Set<(from: string) => void>;
}
const doors = new Map<string, Door>();

/** A place where traps of one device are heard. */
export interface Traps extends Hints {
  close(): void;
}

/**
 * Listens for datagrams of one device. Whatever it sends there is a hint to ask it, and nothing more:
 * no community is checked and nothing is decoded, so nothing can be forged. Informs are not confirmed.
 * @throws Error when the port is taken or not allowed.
 */
export async function hearTraps(host: string, port: number, device: string): Promise<Traps> {
  const key = `${host} ${port}`;
  const door = doors.get(key) ?? open(host, port, key);
  const hints = new Set<() => void>();
  const listener = (from: string): void => {
    if (from === device) for (const hint of hints) hint();
  };
  door.listeners.add(listener);
  const close = (): void => {
    if (!door.listeners.delete(listener) || door.listeners.size > 0) return;
    doors.delete(key);
    door.opened.then(
      (socket) => socket.close(),
      () => {},
    );
  };
  try {
    await door.opened;
  } catch (cause) {
    close();
    throw new Error(
      `can't listen for traps on ${host}:${port} (${(cause as Error).message}); ports below 1024 need the capability CAP_NET_BIND_SERVICE, or send the traps to another port`,
      { cause },
    );
  }
  return {
    close,
    subscribe(onHint) {
      hints.add(onHint);
      return () => hints.delete(onHint);
    },
  };
}

function open(host: string, port: number, key: string): Door {
  const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
  const listeners = new Set<(from: string) => void>();
  socket.on("message", (_, { address }) => {
    for (const listener of listeners) listener(address);
  });
  const opened = once(socket, "listening").then(
    () => socket.on("error", () => {}),
    (error: Error) => {
      socket.close();
      throw error;
    },
  );
  socket.bind(port, host);
  const door = { opened, listeners };
  doors.set(key, door);
  return door;
}
