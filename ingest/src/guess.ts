import type { Profile, Text } from "@kenh/schemas";
import { draft } from "@kenh/schemas/draft";
import type { Catalogue } from "./catalogue.ts";
import { decode } from "./decode.ts";
import { type Bag, isBag } from "./rejects.ts";

/** A profile that a device may be of, and how sure that is. */
export interface Guess {
  readonly profile: string;
  /** 0 to 1. From `sureEnough` on a person need not be asked. */
  readonly confidence: number;
  /** What the profile takes of what was sent. */
  readonly covers: readonly string[];
  /** And what it would set aside. */
  readonly lacks: readonly string[];
  readonly why: Text;
}

type Known = Pick<Catalogue, "profiles" | "quantities" | "classes">;

export const sureEnough = 0.8;
const mostGuesses = 3;
/** Names alone do not tell a model; a generic profile stores the same and claims nothing. */
const modelFactor = 0.7;
/** What a name looks like has to be mapped before it is stored: a hint, never an answer. */
const likenessFactor = 0.5;

/**
 * Guesses the profile of a device by the newest payloads that it has sent: by the names of quantities in
 * them or, where they are of another form, by what a draft of a profile makes of them. The best first.
 */
export function guessProfiles(payloads: readonly Uint8Array[], known: Known): Guess[] {
  const values = payloads.flatMap((payload) => {
    const decoded = decode(payload);
    return decoded.fault === undefined ? [decoded.value] : [];
  });
  const names = new Set(values.flatMap(namesOf));
  if ([...names].some((name) => known.quantities.has(name))) {
    return rank([...names], known, 1, (covers, lacks) => ({
      vi: `nhận ${covers} trong ${covers + lacks} đại lượng, đúng tên`,
      en: `takes ${covers} of ${covers + lacks} quantities under their own names`,
    }));
  }
  const likened = new Map<string, number>();
  for (const payload of payloads) {
    try {
      for (const { quantity, confidence } of draft(
        Buffer.from(payload).toString(),
        known.quantities,
      ).points)
        likened.set(quantity, Math.max(confidence, likened.get(quantity) ?? 0));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error; // nothing that a draft can be made of
    }
  }
  if (likened.size === 0) return [];
  const mean = [...likened.values()].reduce((sum, one) => sum + one, 0) / likened.size;
  return rank([...likened.keys()], known, mean * likenessFactor, (covers) => ({
    vi: `tên trong bản tin giống ${covers} đại lượng; cần ánh xạ trước khi lưu`,
    en: `its names look like ${covers} quantities; they must be mapped before they are stored`,
  }));
}

function rank(
  names: readonly string[],
  known: Known,
  factor: number,
  why: (covers: number, lacks: number) => Text,
): Guess[] {
  return [...known.profiles.values()]
    .map((profile) => {
      const taken = quantitiesOf(profile, known);
      const covers = names.filter((name) => taken.has(name));
      const lacks = names.filter((name) => !taken.has(name));
      // A generic one of what is measured; any device says what a gateway's says, of itself.
      const isGeneric = profile.classes.includes(profile.measurement);
      const share = covers.length / names.length;
      return {
        guess: {
          profile: profile.name,
          confidence: round(share * factor * (isGeneric ? 1 : modelFactor)),
          covers,
          lacks,
          why: why(covers.length, lacks.length),
        },
        // What a device says of itself tells nothing of what it measures; the closest profile first.
        own: covers.filter((name) => isOwn(profile, name, known)).length,
        size: taken.size,
      };
    })
    .filter(({ guess, own }) => guess.covers.length > 0 && own > 0)
    .sort((a, b) => b.guess.confidence - a.guess.confidence || b.own - a.own || a.size - b.size)
    .slice(0, mostGuesses)
    .map(({ guess }) => guess);
}

function quantitiesOf({ classes, quantities }: Profile, known: Known): ReadonlySet<string> {
  const ofClasses = classes.flatMap((name) => known.classes.get(name) ?? []);
  return new Set([...ofClasses.map(({ name }) => name), ...quantities]);
}

function isOwn({ measurement, classes }: Profile, name: string, known: Known): boolean {
  const members =
    known.classes.get(measurement) ?? classes.flatMap((of) => known.classes.get(of) ?? []);
  return members.some((quantity) => quantity.name === name);
}

/** Every name of a value in a payload of the product's own forms. */
function namesOf(payload: unknown): string[] {
  if (Array.isArray(payload)) return payload.flatMap(namesOf);
  if (!isBag(payload)) return [];
  if ("samples" in payload) return namesOf(payload.samples);
  return Object.keys(isBag(payload.values) ? payload.values : (payload satisfies Bag));
}

const round = (share: number): number => Math.round(share * 100) / 100;
