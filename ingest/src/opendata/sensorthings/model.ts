/**
 * The entities of OGC SensorThings 1.1 (OGC 18-088, clause 8) and how one leads to another. The names of
 * collections, properties and links are the standard's own.
 */
export const links = {
  Things: { Datastreams: "many", Locations: "many", HistoricalLocations: "many" },
  Locations: { Things: "many", HistoricalLocations: "many" },
  HistoricalLocations: { Thing: "one", Locations: "many" },
  Datastreams: { Thing: "one", Sensor: "one", ObservedProperty: "one", Observations: "many" },
  Sensors: { Datastreams: "many" },
  ObservedProperties: { Datastreams: "many" },
  Observations: { Datastream: "one", FeatureOfInterest: "one" },
  FeaturesOfInterest: { Observations: "many" },
} as const satisfies Record<string, Record<string, "one" | "many">>;

/** The name of a collection of entities. */
export type Collection = keyof typeof links;
export const collections = Object.keys(links) as Collection[];

const singular: Readonly<Record<string, Collection>> = {
  Thing: "Things",
  Datastream: "Datastreams",
  Sensor: "Sensors",
  ObservedProperty: "ObservedProperties",
  FeatureOfInterest: "FeaturesOfInterest",
};

/** The collection to which a link leads; undefined when there is no such link from there. */
export function linkOf(
  from: Collection,
  name: string,
): { readonly to: Collection; readonly many: boolean } | undefined {
  const kind = (links[from] as Readonly<Record<string, "one" | "many">>)[name];
  if (kind === undefined) return undefined;
  return { to: singular[name] ?? (name as Collection), many: kind === "many" };
}

/** An entity: what it says of itself, and where its links lead. */
export interface Entity {
  readonly collection: Collection;
  /** Unique in its collection. */
  readonly id: string;
  /** As the standard names them, without id and links. */
  readonly properties: Readonly<Record<string, unknown>>;
  readonly one: Readonly<Record<string, Entity>>;
  readonly many: Readonly<Record<string, readonly Entity[]>>;
}

/** The address of an entity below the service's own. */
export function pathOf({ collection, id }: Pick<Entity, "collection" | "id">): string {
  return `${collection}('${encodeURIComponent(id).replaceAll("'", "''")}')`;
}
