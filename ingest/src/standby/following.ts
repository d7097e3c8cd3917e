import type { Logger } from "pino";
import type { Link } from "./link.ts";
import { encodeMessage, type Message } from "./message.ts";
import { openReplica, type Replica } from "./replica.ts";
import type { Member } from "./standing.ts";

export interface FollowingParts {
  readonly folder: string;
  readonly name: string;
  readonly leader: string;
  /** What comes of another term is not for it. */
  readonly term: number;
  readonly link: Pick<Link, "send">;
  /** Notes on disk what the folder holds. */
  readonly note: (state: Pick<Member, "term" | "holds">) => void;
  readonly log: Pick<Logger, "info" | "warn">;
}

/** A copy that follows the leader's state. */
export interface Following {
  hear(message: Message): void;
  /** Asks for everything anew: something may not have come. */
  begin(): void;
  /** The last frame on disk; undefined before the copy is whole. */
  readonly frame: number | undefined;
  stop(): void;
}

/** No word for so long while a copy is on its way: it is asked for again. */
const silenceMs = 10_000;
const againMs = 1000;

/** Takes what the leader writes to disk, and says so. */
export function createFollowing(parts: FollowingParts): Following {
  const { folder, name, leader, term, link, note, log } = parts;
  const replica: Replica = openReplica(folder);
  let frame: number | undefined;
  let heardAt = 0;
  /** Frames of before the copy that was asked for last are not for it. */
  let isCopying = false;
  let timer: NodeJS.Timeout | undefined;

  function begin(): void {
    frame = undefined;
    isCopying = false;
    heardAt = performance.now();
    clearTimeout(timer);
    timer = setTimeout(askAgain, silenceMs);
    link.send(leader, encodeMessage({ kind: "join", from: name })).catch(() => beginSoon());
  }

  function beginSoon(): void {
    clearTimeout(timer);
    timer = setTimeout(begin, againMs);
  }

  function askAgain(): void {
    const left = heardAt + silenceMs - performance.now();
    if (left <= 0) begin();
    else timer = setTimeout(askAgain, left);
  }

  function acknowledge(n: number): void {
    link.send(leader, encodeMessage({ kind: "ack", from: name, term, n })).catch(() => beginSoon());
  }

  function take({ head, body }: Message): void {
    switch (head.kind) {
      case "copy":
        isCopying = true;
        replica.copy(head.file, head.first, body);
        return;
      case "copied":
        if (!isCopying) return;
        isCopying = false;
        note({ term, holds: "half" });
        replica.replace(head.files);
        note({ term, holds: "copy" });
        frame = head.n;
        clearTimeout(timer);
        log.info({ leader, frame }, "what the leader has is copied");
        acknowledge(head.n);
        return;
      case "frame":
        if (frame === undefined || head.n <= frame) return;
        if (head.n !== frame + 1) throw new Error(`frame ${frame + 1} did not come`);
        replica.apply({ head, body });
        frame = head.n;
        acknowledge(head.n);
    }
  }

  return {
    begin,
    hear(message) {
      if (!("term" in message.head) || message.head.term !== term) return;
      heardAt = performance.now();
      try {
        take(message);
      } catch (error) {
        log.warn({ err: error }, "the copy of the leader's state begins anew");
        frame = undefined;
        beginSoon();
      }
    },
    get frame() {
      return frame;
    },
    stop() {
      clearTimeout(timer);
      replica.close();
    },
  };
}
