import type { Store } from "../../stores/store.ts";
import { type Address, parseAddress } from "./address.ts";
import { compare, isTrue, valuesOf } from "./evaluate.ts";
import { RequestFault } from "./fault.ts";
import type { Graph, Source } from "./graph.ts";
import { type Collection, collections, type Entity, linkOf, links, pathOf } from "./model.ts";
import { Allowance, observationById, observationsOf } from "./observations.ts";
import { type Options, parseOptions } from "./options.ts";

/** What an answer is made of. */
export interface Service {
  readonly graph: Graph;
  readonly store: Pick<Store, "query">;
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
  /** Readings that the store may be made to look at. */
  readonly mostReadings?: number;
  /** The address of the service, without a stroke at its end. */
  readonly base: string;
}

/** A body: JSON, or of a `$value` the bare text. */
export type Answer = { readonly json: unknown } | { readonly text: string };

/** The conformance classes of OGC 18-088 that are served. */
const conformance = ["datamodel", "resource-path/resource-path-to-entities", "request-data"].map(
  (one) => `http://www.opengis.net/spec/iot_sensing/1.1/req/${one}`,
);

/**
 * Answers a GET. `path` and `query` are decoded and stand below the service's address.
 * @throws RequestFault that says whose fault it is
 */
export async function answer(path: string, query: string, service: Service): Promise<Answer> {
  if (path === "" || path === "/") return { json: root(service.base) };
  const address = parseAddress(path.replace(/^\//, ""));
  const request = new Request(service);
  const { from, found } = await request.walk(address);
  const options = parseOptions(query, address.to);
  if (address.many) return { json: await request.page(address, from, options, path) };
  const entity = found as Entity;
  if (address.property === undefined) return { json: await request.write(entity, options) };
  const { property } = address;
  if (!Object.hasOwn(entity.properties, property))
    throw new RequestFault(404, `${address.to} have no ${property}`);
  const value = entity.properties[property];
  if (!address.raw) return { json: { [property]: value } };
  return { text: typeof value === "object" ? JSON.stringify(value) : String(value) };
}

function root(base: string) {
  return {
    value: collections.map((name) => ({ name, url: `${base}/${name}` })),
    serverSettings: { conformance },
  };
}

/** One request under way. */
class Request {
  readonly #service: Service;
  readonly #allowance: Allowance;

  constructor(service: Service) {
    this.#service = service;
    this.#allowance = new Allowance(service.mostReadings);
  }

  /** Where the path leads: the entity, or the one from which its last link leads to many. */
  async walk(address: Address): Promise<{ from: Entity | undefined; found: Entity | undefined }> {
    const { collection, id, steps, many } = address;
    if (id === undefined) return { from: undefined, found: undefined };
    let at = await this.#entity(collection, id);
    for (const [index, { link, many: toMany, id: inner }] of steps.entries()) {
      if (many && index === steps.length - 1) return { from: at, found: undefined };
      at = toMany ? await this.#among(at, link, inner ?? "") : this.#linked(at, link);
    }
    return { from: undefined, found: at };
  }

  async #entity(collection: Collection, id: string): Promise<Entity> {
    const { graph, store } = this.#service;
    const entity =
      collection === "Observations"
        ? await observationById(id, graph.sources, store)
        : graph.entities[collection].get(id);
    if (!entity) throw new RequestFault(404, `there is no ${collection}('${id}')`);
    return entity;
  }

  #linked(from: Entity, link: string): Entity {
    const entity = from.one[link];
    if (!entity) throw new RequestFault(404, `${pathOf(from)} has no ${link}`);
    return entity;
  }

  async #among(from: Entity, link: string, id: string): Promise<Entity> {
    const to = linkOf(from.collection, link)?.to as Collection;
    const entity = await this.#entity(to, id);
    const ofFrom =
      to === "Observations"
        ? this.#sources(from).some(({ datastream }) => datastream === entity.one.Datastream)
        : from.many[link]?.includes(entity);
    if (!ofFrom) throw new RequestFault(404, `${pathOf(from)} has no ${link}('${id}')`);
    return entity;
  }

  /** A page of the collection, or of what an entity links to. */
  async page(
    { to, steps, references }: Address,
    from: Entity | undefined,
    options: Options,
    path: string,
  ): Promise<Record<string, unknown>> {
    const page = await this.#choose(to, from, steps.at(-1)?.link, options);
    const address = `${this.#service.base}${path.split("/").map(encodeURIComponent).join("/")}`;
    const value = references
      ? page.entities.map((entity) => ({ "@iot.selfLink": this.#addressOf(entity) }))
      : await this.#writeAll(page.entities, options);
    return {
      ...(page.count !== undefined && { "@iot.count": page.count }),
      ...(page.next && { "@iot.nextLink": this.#nextOf(address, options, page.next) }),
      value,
    };
  }

  /** The address of the page after one that was asked for in these words. */
  #nextOf(address: string, { said }: Options, [option, value]: readonly [string, number]): string {
    const kept = said.filter((part) => !/^\$skip(token)?=/.test(part));
    const query = [...kept, `${option}=${value}`].map((part) => {
      const at = part.indexOf("=");
      return `${part.slice(0, at)}=${encodeURIComponent(part.slice(at + 1))}`;
    });
    return `${address}?${query.join("&")}`;
  }

  /** Chooses, orders and cuts: in this order whatever the order of the options (9.3.1). */
  async #choose(
    to: Collection,
    from: Entity | undefined,
    link: string | undefined,
    options: Options,
  ): Promise<Page> {
    if (to === "Observations") return this.#chooseObservations(this.#sources(from), options);
    const { graph, now } = this.#service;
    const all = from ? (from.many[link ?? ""] ?? []) : [...graph.entities[to].values()];
    const { filter, skip, top, count } = options;
    const chosen = filter ? all.filter((entity) => isTrue(filter, entity, now)) : all;
    const entities = this.#order(chosen, options).slice(skip, skip + top);
    return {
      entities,
      count: count ? chosen.length : undefined,
      next: skip + top < chosen.length ? ["$skip", skip + top] : undefined,
    };
  }

  /** Stable, so that what the order leaves open stays in the order of ids or of time. */
  #order(entities: readonly Entity[], { orderby }: Options): readonly Entity[] {
    if (orderby.length === 0) return entities;
    const { now } = this.#service;
    const keyed = entities.map((entity) => ({
      entity,
      keys: orderby.map(({ by }) => valuesOf(by, entity, now)[0]),
    }));
    keyed.sort((a, b) => {
      for (const [n, { down }] of orderby.entries()) {
        const order = compare(a.keys[n], b.keys[n]) ?? 0;
        if (order !== 0) return down ? -order : order;
      }
      return 0;
    });
    return keyed.map(({ entity }) => entity);
  }

  /** Whose Observations are meant: of all, of a Datastream, of what stood at a place. */
  #sources(from: Entity | undefined): Source[] {
    const { sources } = this.#service.graph;
    if (!from) return [...sources.values()];
    const datastreams = from.collection === "Datastreams" ? [from] : (from.many.Datastreams ?? []);
    return datastreams.flatMap(({ id }) => sources.get(id) ?? []);
  }

  async #chooseObservations(sources: readonly Source[], options: Options): Promise<Page> {
    const { filter, skip, top, count, orderby, after } = options;
    const [first] = orderby;
    const byTime =
      first?.by.kind === "path" && /^(phenomenon|result)Time$/.test(first.by.segments.join("/"));
    // The order in which the store has them asks for no sorting.
    const straight = orderby.length === 0 || (byTime && sources.length === 1);
    const down = straight && first?.down === true;
    const { store, now } = this.#service;
    const [found, wanted]: [Entity[], number] = [[], skip + top];
    let matching = 0;
    scan: for (const source of sources) {
      const one = { filter, down, after, now };
      for await (const entity of observationsOf(source, one, {
        store,
        allowance: this.#allowance,
      })) {
        matching++;
        if (!straight || matching <= wanted) found.push(entity);
        if (straight && !count && matching > wanted) break scan;
      }
    }
    const entities = this.#order(found, straight ? { ...options, orderby: [] } : options).slice(
      skip,
      wanted,
    );
    const last = entities.at(-1)?.properties.phenomenonTime;
    const more = matching > wanted && last !== undefined;
    // From where the page ended, not from its count: paging through a year reads each day once.
    const next = straight && sources.length === 1 && !count;
    return {
      entities,
      count: count ? matching : undefined,
      next: !more
        ? undefined
        : next
          ? ["$skiptoken", Date.parse(String(last))]
          : ["$skip", skip + top],
    };
  }

  async #writeAll(entities: readonly Entity[], options: Options): Promise<unknown[]> {
    const written: unknown[] = [];
    for (const entity of entities) written.push(await this.write(entity, options));
    return written;
  }

  /** An entity as JSON: what is selected of it, and what is expanded in the place of its links. */
  async write(entity: Entity, options: Options): Promise<Record<string, unknown>> {
    const { select, expand } = options;
    const { collection, id, properties } = entity;
    const wants = (...names: string[]): boolean =>
      select.length === 0 || names.some((name) => select.includes(name));
    for (const name of select) {
      if (name === "id" || name === "@iot.id" || name in properties || linkOf(collection, name))
        continue;
      if (!["properties", "observedArea"].includes(name))
        throw new RequestFault(400, `$select: ${collection} have no ${JSON.stringify(name)}`);
    }
    const self = this.#addressOf(entity);
    const json: Record<string, unknown> = {};
    if (wants("id", "@iot.id")) json["@iot.id"] = id;
    if (select.length === 0) json["@iot.selfLink"] = self;
    for (const [name, value] of Object.entries(properties)) if (wants(name)) json[name] = value;
    for (const name of Object.keys(links[collection])) {
      const inner = expand.get(name);
      if (inner) Object.assign(json, await this.#expanded(entity, name, inner));
      else if (wants(name)) json[`${name}@iot.navigationLink`] = `${self}/${name}`;
    }
    return json;
  }

  async #expanded(
    entity: Entity,
    name: string,
    options: Options,
  ): Promise<Record<string, unknown>> {
    const link = linkOf(entity.collection, name) as NonNullable<ReturnType<typeof linkOf>>;
    if (!link.many) return { [name]: await this.write(this.#linked(entity, name), options) };
    const page = await this.#choose(link.to, entity, name, options);
    const address = `${this.#addressOf(entity)}/${name}`;
    return {
      ...(page.count !== undefined && { [`${name}@iot.count`]: page.count }),
      [name]: await this.#writeAll(page.entities, options),
      ...(page.next && { [`${name}@iot.nextLink`]: this.#nextOf(address, options, page.next) }),
    };
  }

  #addressOf(entity: Entity): string {
    return `${this.#service.base}/${pathOf(entity)}`;
  }
}

interface Page {
  readonly entities: readonly Entity[];
  readonly count: number | undefined;
  /** The option with which the next page begins. */
  readonly next: readonly ["$skip" | "$skiptoken", number] | undefined;
}
