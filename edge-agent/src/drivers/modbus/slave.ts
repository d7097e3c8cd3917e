import type { Clock, Identity } from "@kenh/schemas";
import type { Report } from "../../driver.ts";
import type { Party } from "../round.ts";
import { type Bus, type ReadFunction, Refused, Silent } from "./bus.ts";
import type { Config, Point } from "./config.ts";
import { wordsOf } from "./number.ts";
import { type Block, halve, type Place, plan } from "./plan.ts";
import { missing, type PointReading, pointReading } from "./reading.ts";

/** The most that one answer carries (Modbus application protocol 6.1 to 6.4). */
const mostRegisters = 125;
const mostBits = 2000;
/** Exceptions that speak of what was asked, so that a smaller question may fare better. */
const aboutTheQuestion: readonly number[] = [1, 2, 3, 4];

const tables = {
  1: "coil",
  2: "discrete input",
  3: "holding register",
  4: "input register",
} as const satisfies Record<ReadFunction, string>;

/** A point with its place on the bus and its owner. */
export interface PlacedPoint extends Place {
  readonly point: Point;
  readonly device: Identity | undefined;
  /** For people: `unit 1 holding register 100`. */
  readonly at: string;
}

/** What to try when a slave is silent. */
export const wayOut = "check power, wires, unit id and the speed of the line";

/** A slave and what is known of it. */
export interface Slave extends Party {
  readonly unitId: number;
  readonly places: readonly PlacedPoint[];
  /** What is asked; blocks that the slave refuses are halved for good. */
  blocks: { code: ReadFunction; block: Block<PlacedPoint> }[];
  /** The last trouble told of each point, so that it is told once. */
  readonly told: Map<PlacedPoint, string>;
}

/** What one round of a slave gave. */
export interface Heard {
  readonly readings: ReadonlyMap<PlacedPoint, PointReading>;
  /** Milliseconds since 1970 UTC: of the last answer, or when it was given up. */
  readonly ts: number;
  readonly answered: boolean;
  /** Why it fell silent, if it did. */
  readonly silent?: Silent;
}

/** The slaves of a configuration, one for each unit id. */
export function slavesOf(config: Config): Slave[] {
  const byUnit = Map.groupBy(
    config.slaves.flatMap(({ unitId, device, points }) =>
      points.map((point) => ({
        unitId,
        device,
        point,
        address: point.address,
        length: wordsOf(point.type),
        at: `unit ${unitId} ${tables[point.function]} ${point.address}`,
      })),
    ),
    ({ unitId }) => unitId,
  );
  return [...byUnit].map(([unitId, places]) => {
    const byTable = Map.groupBy(places, ({ point }) => point.function);
    const blocks = [...byTable].flatMap(([code, inTable]) =>
      plan(inTable, {
        most: code <= 2 ? mostBits : mostRegisters,
        bridge: code <= 2 ? config.bridgeBits : config.bridgeRegisters,
      }).map((block) => ({ code, block })),
    );
    return {
      name: `unit ${unitId}`,
      unitId,
      places,
      blocks,
      silences: 0,
      askAgainAt: 0,
      told: new Map(),
    };
  });
}

/**
 * Reads all of a slave. A place that it refuses is missing and does not harm the others; when it
 * falls silent, the rest is missing.
 * @throws Error when the bus is lost.
 */
export async function hear(slave: Slave, bus: Bus, report: Report, now: Clock): Promise<Heard> {
  const readings = new Map<PlacedPoint, PointReading>(
    slave.places.map((place) => [place, missing]),
  );
  let ts: number | undefined;
  const asked: Slave["blocks"] = [];
  const toAsk = [...slave.blocks];
  for (let next = toAsk.shift(); next; next = toAsk.shift()) {
    const { code, block } = next;
    try {
      const answer = await bus.read(slave.unitId, code, block);
      ts = now();
      for (const place of block.places) {
        const from = place.address - block.address;
        const reading = pointReading(place.point, answer.slice(from, from + place.length));
        readings.set(place, reading);
        tell(slave, place, reading.fault, report);
      }
    } catch (error) {
      if (error instanceof Silent) {
        return { readings, ts: ts ?? now(), answered: ts !== undefined, silent: error };
      }
      if (!(error instanceof Refused)) throw error;
      ts = now();
      if (block.places.length > 1 && aboutTheQuestion.includes(error.code)) {
        toAsk.unshift(...halve(block).map((half) => ({ code, block: half })));
        continue;
      }
      for (const place of block.places) tell(slave, place, error.message, report);
    }
    asked.push(next);
  }
  slave.blocks = asked;
  return { readings, ts: ts ?? now(), answered: true };
}

/** Tells a new trouble of a point, and forgets it once it is over. */
function tell(slave: Slave, place: PlacedPoint, trouble: string | undefined, report: Report): void {
  if (trouble === undefined) slave.told.delete(place);
  else if (!slave.told.has(place)) {
    slave.told.set(place, trouble);
    report({ at: place.at, reason: trouble });
  }
}
