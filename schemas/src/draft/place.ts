/** What stands at a place: text and numbers as the source writes them. */
export type Raw = string | number | boolean | null;

/** A place of a file that may be a point, with all that the file says about it. */
export interface Place {
  /** Where the value stands, as the driver of this kind of source addresses it. */
  readonly path: string;
  /** Names from the outside in; the last is the place's own. */
  readonly names: readonly string[];
  /** What the file says in words beside the name: a title, a description, a comment. */
  readonly label?: string;
  /** The unit as written, such as `0.1V`; a number before it is a scale. */
  readonly unit?: string;
  /** What was seen there. */
  readonly values: readonly Raw[];
  /** Said by the source: value in its unit = raw × scale. */
  readonly scale?: number;
  /** The topic of the message, where a file holds several. */
  readonly topic?: string;
  /** How the source addresses it, for the driver's configuration. */
  readonly read?: Readonly<Record<string, string | number>>;
}

/** Something that only a person can know. */
export interface Question {
  readonly path: string;
  readonly ask: string;
}

export const sourceKinds = [
  "json",
  "chirpstack",
  "the-things-stack",
  "registers",
  "comap",
  "opcua",
  "snmp",
  "nut",
] as const;
export type SourceKind = (typeof sourceKinds)[number];

/** Where the time of measurement stands and how it is written. */
export interface TimePlace {
  readonly path: string;
  readonly format: "epoch-s" | "epoch-ms" | "iso" | "local";
}

/** What a reader makes of a file. */
export interface Source {
  readonly kind: SourceKind;
  readonly places: readonly Place[];
  /** Units that the file declares for words, such as `TempUnit` beside `Temperature`. */
  readonly units?: readonly { readonly words: readonly string[]; readonly unit: string }[];
  readonly time?: TimePlace;
  readonly questions?: readonly Question[];
}
