import type { Accept, Alarm } from "@kenh/schemas";
import type { Logger } from "pino";
import type { Registry as Metrics } from "prom-client";
import type { Alarms } from "../alarms/alarms.ts";
import type { Change } from "../alarms/book.ts";
import type { SoleDoor } from "../doors/mqtt.ts";

/** What an ingest is given that leads, or is about to. */
export interface Lead {
  readonly clientId: string;
  readonly door: SoleDoor;
  /** Resolves when this one leads; rejects when it does not come to that. */
  readonly begun: Promise<void>;
  /**
   * Resolves when all that is written now may be acted on: this one leads, and whoever could take over has it.
   * @throws Error when this one does not lead any more
   */
  settled(): Promise<void>;
  /** Whether the one before has announced a transition on the topic of its alarm. */
  isAnnounced(alarm: string, version: number): boolean;
  expose(metrics: Metrics): void;
}

/** A message is accepted when it is on disk wherever it has to be. */
export function acceptAs(lead: Lead, accept: Accept): Accept {
  return async (arrival) => {
    await lead.begun;
    await accept(arrival);
    await lead.settled();
  };
}

/**
 * Leaves out what the one before has announced on the topics of alarms and could not note any more. They
 * are announced in order, one after the other: what precedes one that was seen was announced too.
 */
export function passOver(alarms: Alarms, lead: Lead): void {
  const begin = alarms.announced(onTopics);
  let place = begin;
  for (let from = begin; from < alarms.revision; ) {
    const changes = alarms.after(from, toldAtOnce);
    for (const { revision, json } of changes) {
      const { id, version } = JSON.parse(json) as Alarm;
      if (lead.isAnnounced(id, version)) place = revision;
    }
    from = changes.at(-1)?.revision ?? alarms.revision;
  }
  if (place > begin) alarms.setAnnounced(onTopics, place);
}

/** The way that announces there. */
const onTopics = "mqtt";
/** Transitions that are told at once. */
const toldAtOnce = 500;
/** When the book of alarms could not be read. */
const tellAgainMs = 1000;

/**
 * The alarms as those see them who tell of them: nothing is told that could be forgotten if this engine
 * ended now.
 */
export function heldBack(alarms: Alarms, lead: Lead, log: Pick<Logger, "error">): Alarms {
  const listeners = new Set<(change: Change) => void>();
  /** What stands in the book at the beginning stands there wherever it has to. */
  let settled = alarms.revision;
  let isOpen = false;
  let isWaiting = false;

  function tell(upTo: number): void {
    while (settled < upTo) {
      const changes = alarms.after(settled, toldAtOnce).filter(({ revision }) => revision <= upTo);
      settled = changes.at(-1)?.revision ?? upTo;
      for (const change of changes) for (const listener of listeners) listener(change);
    }
  }

  /** One at a time: what is written while it waits is waited for after that. */
  async function wait(): Promise<void> {
    if (isWaiting || !isOpen) return;
    isWaiting = true;
    try {
      while (alarms.revision > settled) {
        const { revision } = alarms;
        if (!(await stillLeads())) return;
        tell(revision);
      }
    } catch (error) {
      log.error({ err: error }, "alarms can't be told of; it is tried again");
      setTimeout(tellWhenSettled, tellAgainMs).unref();
    } finally {
      isWaiting = false;
    }
  }
  /** Whoever does not lead any more tells nothing from there on; why it does not, the engine says. */
  const stillLeads = () =>
    lead.settled().then(
      () => true,
      () => false,
    );
  const tellWhenSettled = () => void wait();

  lead.begun.then(
    () => {
      isOpen = true;
      tellWhenSettled();
    },
    () => undefined, // It never led: the engine says why.
  );
  alarms.subscribe(tellWhenSettled);
  return Object.create(alarms, {
    revision: { get: () => settled },
    after: {
      value: (revision: number, most: number) =>
        isOpen ? alarms.after(revision, most).filter((change) => change.revision <= settled) : [],
    },
    subscribe: {
      value(listener: (change: Change) => void) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
  } satisfies PropertyDescriptorMap) as Alarms;
}
