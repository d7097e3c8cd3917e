import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Clock, identitySchema } from "@kenh/schemas";
import * as z from "zod";
import { type AccessEntry, type AccessLog, accessLogIn } from "./access-log.ts";
import { belongLike } from "./owner.ts";

/** Bounds of pictures on demand, each with its reason. */
export const pictureLimits = {
  /** As long as somebody looks at it; whoever needs it longer exports it, which is logged. */
  lifeMs: 15 * 60_000,
  /** A shift and its handover. Evidence belongs into the recorder of the camera. */
  maxLifeMs: 24 * 3600_000,
  /** Pictures on demand are no recording. */
  maxKept: 20,
  /** Long enough to say something, short enough for a line. */
  minPurpose: 5,
  maxPurpose: 500,
} as const;

const cardSchema = z.object({
  id: z.string(),
  device: identitySchema,
  takenAt: z.int(),
  until: z.int(),
  by: z.string(),
  purpose: z.string(),
  bytes: z.int(),
});
/** What is known of a picture that is kept; times in milliseconds since 1970 UTC. */
export type PictureCard = z.output<typeof cardSchema>;

/** Who asks for something, and why. */
export interface Access {
  readonly by: string;
  readonly purpose: string;
}

/** The pictures that an agent keeps for a while, and the log of all that happens to them. */
export interface Album {
  readonly log: AccessLog;
  /**
   * Takes a picture by `take` and keeps it for `lifeMs`. The request is in the log before the camera is
   * asked.
   * @throws Error when there is no purpose, the life is too long, too many are kept, or `take` throws.
   */
  take(
    device: string,
    access: Access,
    lifeMs: number,
    take: () => Promise<Uint8Array>,
  ): Promise<PictureCard>;
  /** Those that are alive, oldest first. */
  list(): PictureCard[];
  /** The picture itself; the log says so before it is given. @throws Error when there is none. */
  export(id: string, access: Access, to: string): Uint8Array;
  /** @throws Error when there is none. */
  delete(id: string, by: string): void;
  /** Deletes what has outlived its time, and whatever is not known to be alive. */
  expire(by: string): void;
}

/** The album in an agent's state folder; nothing is made there before the first picture. */
export function albumIn(dataDir: string, now: Clock): Album {
  const folder = join(dataDir, "pictures");
  const log = accessLogIn(dataDir);
  const pictureOf = (id: string): string => join(folder, `${id}.jpg`);
  const cardOf = (id: string): string => join(folder, `${id}.json`);

  const note = (
    event: AccessEntry["event"],
    about: Pick<PictureCard, "device"> & { readonly id?: string },
    { by, purpose }: Access,
    detail?: string,
  ): void =>
    log.add({
      at: new Date(now()).toISOString(),
      event,
      device: about.device,
      ...(about.id !== undefined && { picture: about.id }),
      by,
      purpose,
      ...(detail !== undefined && { detail }),
    });

  function names(): string[] {
    try {
      return readdirSync(folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  }

  function readCard(id: string): PictureCard | undefined {
    try {
      return cardSchema.parse(JSON.parse(readFileSync(cardOf(id), "utf8")));
    } catch {
      // Half written, or tampered with: what is not known to be alive is not alive.
      return undefined;
    }
  }

  /** A clock that was set back does not lengthen a life. */
  const isAlive = ({ takenAt, until }: PictureCard): boolean =>
    now() < until && now() >= takenAt - 1000 && until - takenAt <= pictureLimits.maxLifeMs;

  function list(): PictureCard[] {
    return names()
      .filter((name) => name.endsWith(".json"))
      .flatMap((name) => readCard(name.slice(0, -5)) ?? [])
      .filter(isAlive)
      .sort((a, b) => a.takenAt - b.takenAt);
  }

  function find(id: string): PictureCard {
    const card = list().find((each) => each.id === id);
    if (!card) throw new Error(`there is no picture ${JSON.stringify(id)}, or it has been deleted`);
    return card;
  }

  /** The picture goes first: a card without one shows nothing. */
  function remove(id: string): void {
    rmSync(pictureOf(id), { force: true });
    rmSync(cardOf(id), { force: true });
  }

  const write = (file: string, content: Uint8Array | string): void => {
    writeFileSync(file, content, { mode: 0o600, flag: "wx" });
    belongLike(dataDir, file);
  };

  return {
    log,
    async take(device, given, lifeMs, take) {
      const access = checked(given);
      if (!(lifeMs > 0 && lifeMs <= pictureLimits.maxLifeMs)) {
        throw new Error(
          `a picture is kept for at most ${pictureLimits.maxLifeMs / 3600_000} h: export it for longer`,
        );
      }
      if (list().length >= pictureLimits.maxKept) {
        throw new Error(
          `${pictureLimits.maxKept} pictures are kept already: delete some, for this is no recording`,
        );
      }
      note("requested", { device }, access, `for ${Math.round(lifeMs / 1000)} s`);
      let picture: Uint8Array;
      try {
        picture = await take();
      } catch (error) {
        note("failed", { device }, access, error instanceof Error ? error.message : String(error));
        throw error;
      }
      const id = randomBytes(6).toString("hex");
      const takenAt = now();
      const card: PictureCard = {
        ...{ id, device, takenAt, until: takenAt + lifeMs, by: access.by },
        ...{ purpose: access.purpose, bytes: picture.byteLength },
      };
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      belongLike(dataDir, folder);
      // With its card first there is no moment at which a picture has no end.
      write(cardOf(id), JSON.stringify(card));
      write(pictureOf(id), picture);
      note(
        "taken",
        card,
        access,
        `${card.bytes} bytes, until ${new Date(card.until).toISOString()}`,
      );
      return card;
    },
    list,
    export(id, given, to) {
      const access = checked(given);
      const card = find(id);
      const picture = readFileSync(pictureOf(id));
      note("exported", card, access, to);
      return picture;
    },
    delete(id, by) {
      const card = find(id);
      remove(id);
      note("deleted", card, { by, purpose: card.purpose }, "asked for");
    },
    expire(by) {
      for (const id of new Set(names().map((name) => name.replace(/\.\w+$/, "")))) {
        const card = readCard(id);
        // One that is just being written has its card a moment later.
        if (card ? isAlive(card) : isFresh(join(folder, `${id}.json`), now())) continue;
        remove(id);
        const about = card ?? { id, device: unknownDevice };
        const why = card ? "its time was over" : "its card could not be read";
        note("deleted", about, { by, purpose: card?.purpose ?? "unknown" }, why);
      }
    },
  };
}

/** Stands in the log for a picture whose card is lost. */
const unknownDevice = "unknown/unknown/unknown/unknown";
const writingMs = 5000;

function isFresh(file: string, now: number): boolean {
  const { mtimeMs } = statSync(file, { throwIfNoEntry: false }) ?? {};
  return mtimeMs !== undefined && Math.abs(now - mtimeMs) < writingMs;
}

function checked({ by, purpose }: Access): Access {
  const said = { by: by.trim(), purpose: purpose.trim() };
  const { minPurpose, maxPurpose } = pictureLimits;
  if (said.purpose.length < minPurpose || said.purpose.length > maxPurpose) {
    throw new Error(
      `a picture shows people: say in ${minPurpose} to ${maxPurpose} letters what it is for (--purpose)`,
    );
  }
  if (said.by === "" || said.by.length > 100) throw new Error("say who asks (--by)");
  return said;
}
