import type { FieldType, Quantity, Text } from "@kenh/schemas";
import type { Series } from "../../stores/store.ts";
import type { OpenDevice } from "../open.ts";
import type { Collection, Entity } from "./model.ts";

/** Where the Observations of a Datastream are. */
export interface Source {
  readonly series: Series;
  readonly quantity: Pick<Quantity, "name" | "type">;
  readonly since: number;
  readonly datastream: Entity;
  readonly feature: Entity;
}

/** Every open entity but the Observations, in order of id, and where those are. */
export interface Graph {
  readonly entities: Readonly<
    Record<Exclude<Collection, "Observations">, ReadonlyMap<string, Entity>>
  >;
  /** By the id of the Datastream. */
  readonly sources: ReadonlyMap<string, Source>;
}

const geoJson = "application/geo+json";
const observation = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_";
/** What kind of result an Observation has: OGC 18-088, 8.2.4. */
const observationTypes: Readonly<Record<FieldType, string>> = {
  float: `${observation}Measurement`,
  integer: `${observation}CountObservation`,
  boolean: `${observation}TruthObservation`,
  string: `${observation}Observation`,
};

/** An id is a device's identity, and after it what of the device: no stroke in it has to be escaped. */
const idOf = (...parts: readonly string[]): string => parts.join(":").replaceAll("/", ":");

/** An entity whose links are being laid. */
type Growing = Entity & {
  readonly one: Record<string, Entity>;
  readonly many: Record<string, Entity[]>;
};

/** The open devices as entities of SensorThings. */
export function graphOf(devices: readonly OpenDevice[]): Graph {
  const maps = {
    ...{ Things: new Map(), Locations: new Map(), HistoricalLocations: new Map() },
    ...{ Datastreams: new Map(), Sensors: new Map(), ObservedProperties: new Map() },
    FeaturesOfInterest: new Map(),
  } as Record<keyof Graph["entities"], Map<string, Growing>>;
  const sources = new Map<string, Source>();

  /** The entity of this id, made when it is new. */
  function entity(
    collection: keyof typeof maps,
    id: string,
    make: () => Record<string, unknown>,
  ): Growing {
    const found = maps[collection].get(id);
    if (found) return found;
    const made: Growing = { collection, id, properties: make(), one: {}, many: {} };
    maps[collection].set(id, made);
    return made;
  }

  for (const device of devices) {
    const { identity, label, site, position, quantities, profile, since, apart } = device;
    const name = label?.vi ?? identity;
    const thing = entity("Things", idOf(identity), () => ({
      name,
      description: label?.en ?? identity,
      properties: { identity, ...labelled(label) },
    }));
    const geometry = position
      ? { type: "Point", coordinates: [position.longitude, position.latitude] }
      : null;
    const place = {
      name: apart ? name : (site.label?.vi ?? site.key),
      description: (apart ? label?.en : site.label?.en) ?? site.key,
      encodingType: geoJson,
    };
    const placeId = idOf(apart ? identity : site.key);
    // GeoJSON has a feature without a place; a geometry without one there is not.
    const where = geometry ?? { type: "Feature", geometry: null, properties: {} };
    const location = entity("Locations", placeId, () => ({ ...place, location: where }));
    const feature = entity("FeaturesOfInterest", placeId, () => ({ ...place, feature: where }));
    const history = entity("HistoricalLocations", idOf(identity), () => ({
      time: new Date(since).toISOString(),
    }));
    both(thing, "Locations", location, "Things");
    under(history, "Thing", thing, "HistoricalLocations");
    both(history, "Locations", location, "HistoricalLocations");
    const sensor = entity("Sensors", profile.name, () => ({
      name: profile.label.vi,
      description: profile.label.en,
      encodingType: "text/html",
      metadata: profile.label.en,
      properties: { profile: profile.name },
    }));
    for (const { quantity, opening } of quantities) {
      const property = entity("ObservedProperties", quantity.name, () => ({
        name: quantity.label.vi,
        definition: `urn:kenh:quantity:${quantity.name}`,
        description: quantity.label.en,
      }));
      const { dataset, title, agency, licence } = opening;
      const datastream = entity("Datastreams", idOf(identity, quantity.name), () => ({
        name: `${name}: ${quantity.label.vi}`,
        description: `${label?.en ?? identity}: ${quantity.label.en}`,
        observationType: observationTypes[quantity.type],
        unitOfMeasurement: unitOf(quantity),
        ...(geometry && { observedArea: geometry }),
        properties: { dataset, title, agency, licence, measurement: device.series.measurement },
      }));
      under(datastream, "Thing", thing, "Datastreams");
      under(datastream, "Sensor", sensor, "Datastreams");
      under(datastream, "ObservedProperty", property, "Datastreams");
      many(feature, "Datastreams", datastream);
      const { series } = device;
      sources.set(datastream.id, { series, quantity, since, datastream, feature });
    }
  }
  for (const map of Object.values(maps)) sort(map);
  return { entities: maps, sources };
}

const labelled = (label: Text | undefined) => (label ? { label } : {});

/** UCUM; a state has no unit, and the standard then wants three nulls. */
function unitOf({ unit }: Quantity) {
  if (unit === "") return { name: null, symbol: null, definition: null };
  return { name: unit, symbol: unit, definition: "http://unitsofmeasure.org/ucum.html" };
}

function listOf(from: Growing, link: string): Entity[] {
  from.many[link] ??= [];
  return from.many[link];
}

function many(from: Growing, link: string, to: Entity): void {
  const all = listOf(from, link);
  if (!all.includes(to)) all.push(to);
}

function both(a: Growing, toB: string, b: Growing, toA: string): void {
  many(a, toB, b);
  many(b, toA, a);
}

function under(child: Growing, toParent: string, parent: Growing, toChild: string): void {
  child.one[toParent] = parent;
  listOf(parent, toChild).push(child);
}

function sort(map: Map<string, Growing>): void {
  const sorted = [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  map.clear();
  for (const [id, entity] of sorted) {
    for (const linked of Object.values(entity.many)) linked.sort((a, b) => (a.id < b.id ? -1 : 1));
    map.set(id, entity);
  }
}
