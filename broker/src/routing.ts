type Listener = (packet: object, done: () => void) => void;
type Done = (error?: Error) => void;

/** The part of aedes that is changed here. */
export interface Router {
  /** Takes a publish to those who have subscribed, those who are away included. */
  publish(packet: Routed, client?: object | null | Done, done?: Done): void;
  readonly mq: {
    on(topic: string, notify: Listener, done?: () => void): unknown;
    removeListener(topic: string, notify: Listener, done?: () => void): unknown;
  };
}

interface Routed {
  readonly topic: string;
  readonly retain?: boolean;
}

/** What aedes tells itself. */
const inner = "$SYS/";

/**
 * Spares a publish the way to subscribers while there is none: of most stations the ingest alone reads what comes, and
 * it is called before. Changes the router in place.
 * @param hasSessions whether somebody who may be away has subscribed
 */
export function skipWhileNobodyListens(router: Router, hasSessions: () => boolean): void {
  const { publish, mq } = router;
  const { on, removeListener } = mq;
  /** How often each listener stands for each topic. */
  const standing = new Map<string, Map<Listener, number>>();

  function count(topic: string, notify: Listener, by: 1 | -1): void {
    if (topic.startsWith(inner)) return;
    const listeners = standing.get(topic) ?? new Map<Listener, number>();
    const times = (listeners.get(notify) ?? 0) + by;
    if (times > 0) listeners.set(notify, times);
    else listeners.delete(notify);
    if (listeners.size > 0) standing.set(topic, listeners);
    else standing.delete(topic);
  }

  mq.on = (topic, notify, done) => {
    count(topic, notify, 1);
    return on.call(mq, topic, notify, done);
  };
  mq.removeListener = (topic, notify, done) => {
    count(topic, notify, -1);
    return removeListener.call(mq, topic, notify, done);
  };
  router.publish = (packet, client, done) => {
    const isHeard = standing.size > 0 || hasSessions();
    if (isHeard || packet.retain || packet.topic.startsWith(inner)) {
      publish.call(router, packet, client, done);
      return;
    }
    const told = typeof client === "function" ? (client as Done) : done;
    told?.();
  };
}
