import type { Quantity } from "../quantity.ts";
import { agree, type Taken } from "./neighbours.ts";
import type { Place, Question, SourceKind, TimePlace } from "./place.ts";
import { type Proposal, propose } from "./propose.ts";
import { numberOf, type Surroundings } from "./reading.ts";
import { recognise } from "./recognise.ts";
import { wordsOf } from "./words.ts";

/** A point as it is proposed. */
export interface DraftPoint extends Proposal {
  readonly path: string;
  /** What the file calls it, where that is not its path. */
  readonly label?: string;
  readonly topic?: string;
  /** How the source addresses it. */
  readonly read?: Place["read"];
  /** The plausible range of the quantity, in its unit. */
  readonly min?: number;
  readonly max?: number;
}

/** A place with a number that the draft doesn't dare to name. */
export interface Unnamed extends Question {
  /** What it might be. */
  readonly perhaps?: string;
}

/** A draft of a profile: what the file holds, and what only a person can know. */
export interface Draft {
  readonly kind: SourceKind;
  readonly points: readonly DraftPoint[];
  readonly unnamed: readonly Unnamed[];
  readonly questions: readonly Question[];
  readonly time?: TimePlace;
}

/** Below it a proposal is worse than a question. */
const enough = 0.5;

/**
 * Drafts a profile from a captured payload, a table of registers, a walk, a browse or a dump.
 * @throws RangeError saying what the text is not.
 */
export function draft(text: string, quantities: ReadonlyMap<string, Quantity>): Draft {
  const source = recognise(text);
  const around: Surroundings = {
    gear: gearOf(source.kind, source.places),
    dialect: dialectOf(source.kind, source.places),
    units: source.units ?? [],
  };
  const unnamed: Unnamed[] = [];
  const taken: Taken[] = [];
  for (const place of source.places) {
    const found = propose(place, around, quantities);
    if (found && found.confidence >= enough) taken.push({ place, found });
    else if (place.values.length === 0 || place.values.some((v) => numberOf(v) !== undefined)) {
      unnamed.push({
        path: place.path,
        ask:
          found?.ask ??
          `what is ${place.label ?? (place.names.join(" ") || place.path)}, and in which unit?`,
        ...(found && { perhaps: found.quantity }),
      });
    }
  }
  const points = agree(taken).map(({ place, found }): DraftPoint => {
    const { min, max } = quantities.get(found.quantity) ?? {};
    return {
      path: place.path,
      ...found,
      ...(place.label !== undefined && { label: place.label }),
      ...(place.topic !== undefined && { topic: place.topic }),
      ...(place.read !== undefined && { read: place.read }),
      ...(min !== undefined && { min }),
      ...(max !== undefined && { max }),
    };
  });
  const asked = points.flatMap(({ path, ask }) => (ask === undefined ? [] : [{ path, ask }]));
  return {
    kind: source.kind,
    points,
    unnamed,
    questions: [...(source.questions ?? []), ...asked],
    ...(source.time && { time: source.time }),
  };
}

/** A table of a meter writes symbols, and so does a message that holds both `Ua` and `Ia`. */
function dialectOf(kind: SourceKind, places: readonly Place[]): Surroundings["dialect"] {
  if (kind === "registers" || kind === "comap") return "electric";
  const own = places.map(({ names }) => names.at(-1) ?? "");
  const phased = (letter: RegExp): boolean => own.filter((name) => letter.test(name)).length > 1;
  if (phased(/^[uv]_?l?[abc123]$/i) && phased(/^i_?l?[abc123]$/i)) return "electric";
  const whole = own.map((name) => /^([uviqpse])_(tot(?:al)?|sum|avg)$/i.exec(name)?.[1]);
  const letters = new Set(whole.filter((letter) => letter !== undefined));
  return letters.size > 2 ? "electric" : "plain";
}

/** What kind of gear speaks, from all that it says. */
function gearOf(kind: SourceKind, places: readonly Place[]): Surroundings["gear"] {
  if (kind === "nut") return "ups";
  if (kind === "comap") return "generator";
  const said = new Set<string>();
  for (const { names, label } of places) {
    for (const word of wordsOf([...names, label ?? ""].join(" . ")).known) said.add(word);
  }
  if (["engine", "coolant", "oil", "fuel"].filter((word) => said.has(word)).length >= 2) {
    return "generator";
  }
  if (said.has("ups") || said.has("bypass") || (kind === "snmp" && said.has("battery")))
    return "ups";
  if (["rain", "wind", "gust", "winddirection"].filter((word) => said.has(word)).length >= 2) {
    return "weather";
  }
  const mains = ["mains", "energy", "phase", "apparent"].some((word) => said.has(word));
  if (said.has("battery") && !mains) return "node";
  // What measures the air or the water and no electricity runs on a battery.
  const field = ["humidity", "co2", "pm25", "waterlevel", "moisture"].some((word) =>
    said.has(word),
  );
  if (field && !mains && !said.has("current") && !said.has("power")) return "node";
  return kind === "chirpstack" || kind === "the-things-stack" || said.has("linkquality")
    ? "node"
    : "other";
}
