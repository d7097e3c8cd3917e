import type {
  ClientSubscription,
  DataChangeNotification,
  NotificationMessage,
  StatusCode,
} from "node-opcua-client";
import type { Config } from "./config.ts";
import type { Connection } from "./connect.ts";
import type { RawValue, Word } from "./messages.ts";
import { resolveNode } from "./node.ts";
import { rawValue } from "./variant.ts";

/**
 * The lifetime of the subscription at a silent client, in keep-alives. Part 4, 5.13.2 asks for at
 * least three; ten keep it through a break of the line that TCP bridges.
 */
const lifetimeKeepAlives = 10;
/** Items in one request: servers of small controllers take no more at once. */
const itemsPerRequest = 100;

/**
 * Subscribes to the points and tells what the server says.
 * @returns `lost` resolves, with the reason, when the subscription has ended
 * @throws Error when the server gives no subscription
 */
export async function watch(
  connection: Connection,
  config: Config,
  say: (word: Word) => void,
): Promise<{ readonly lost: Promise<string> }> {
  const { library, session } = connection;
  const { AttributeIds, ClientSubscription, StatusCodes, TimestampsToReturn } = library;
  const subscription: ClientSubscription = ClientSubscription.create(session, {
    requestedPublishingInterval: config.publishingIntervalMs,
    requestedMaxKeepAliveCount: config.keepAliveCount,
    requestedLifetimeCount: config.keepAliveCount * lifetimeKeepAlives,
    publishingEnabled: true,
  });
  const { promise: lost, resolve: lose } = Promise.withResolvers<string>();
  subscription.on("terminated", () => lose("the server ended the subscription"));
  subscription.on("status_changed", (status) =>
    lose(`the server ended the subscription (${status.toString()})`),
  );
  subscription.on("internal_error", (error) => lose(error.message));

  const points = new Map<number, number>();
  let early: NotificationMessage[] | undefined = [];
  let sequence: number | undefined;
  const take = (message: NotificationMessage): void => {
    const changes = (message.notificationData ?? []).flatMap((data) => {
      const { monitoredItems } = data as DataChangeNotification;
      return monitoredItems ?? [];
    });
    if (changes.length === 0) {
      // A keep-alive carries the number that the next notification will have (part 4, 5.13.1.1).
      say({ kind: "alive" });
      return;
    }
    const expected = sequence === undefined ? undefined : (sequence % 0xffff_ffff) + 1;
    if (expected !== undefined && message.sequenceNumber !== expected) {
      say({
        kind: "unreadable",
        at: config.url,
        reason: `notifications ${expected} to ${message.sequenceNumber - 1} did not arrive`,
      });
    }
    sequence = message.sequenceNumber;
    const values = changes.flatMap(({ clientHandle, value }): RawValue[] => {
      const point = points.get(clientHandle);
      return point === undefined ? [] : [rawValue(point, value, library)];
    });
    say({ kind: "values", values });
  };
  subscription.on("raw_notification", (message) => {
    if (early) early.push(message);
    else take(message);
  });
  await new Promise<void>((resolve, reject) => {
    subscription.once("started", () => resolve());
    subscription.once("error", (cause: Error) =>
      reject(new Error(`${config.url} gives no subscription (${cause.message})`, { cause })),
    );
  });

  const absent = (index: number, status: StatusCode, reason: string): void => {
    const { value, name } = status;
    const unusable = `${reason}; browse the server with a probe`;
    const unread = { point: index, value: null, unusable, status: value, statusName: name };
    say({ kind: "values", values: [{ ...unread, ts: undefined }] });
  };
  const known = config.points.flatMap((point, index) => {
    try {
      return [{ point, index, nodeId: resolveNode(point.node, connection.namespaces, library) }];
    } catch (error) {
      absent(index, StatusCodes.BadNodeIdUnknown, (error as Error).message);
      return [];
    }
  });
  for (let from = 0; from < known.length; from += itemsPerRequest) {
    const some = known.slice(from, from + itemsPerRequest);
    for (const [key, items] of Map.groupBy(some, ({ point }) =>
      JSON.stringify([point.samplingIntervalMs, point.queueSize]),
    )) {
      const [samplingInterval, queueSize] = JSON.parse(key) as (number | null)[];
      const group = await subscription.monitorItems(
        items.map(({ nodeId }) => ({ nodeId, attributeId: AttributeIds.Value })),
        {
          samplingInterval: samplingInterval ?? config.samplingIntervalMs,
          queueSize: queueSize ?? config.queueSize,
          discardOldest: true,
        },
        TimestampsToReturn.Both,
      );
      for (const [at, item] of group.monitoredItems.entries()) {
        const { index } = items[at] ?? { index: -1 };
        if (item.statusCode.isGood()) points.set(item.monitoringParameters.clientHandle, index);
        else absent(index, item.statusCode, `the server says ${item.statusCode.toString()}`);
      }
    }
  }
  say({
    kind: "ready",
    keepAliveMs: subscription.publishingInterval * subscription.maxKeepAliveCount,
  });
  const held = early;
  early = undefined;
  for (const message of held) take(message);
  return { lost };
}
