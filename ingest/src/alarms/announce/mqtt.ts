import { topicOf } from "@kenh/schemas";
import { alarmOf, type Way } from "./way.ts";

/**
 * On the alarm topic of the device (CONTRACT: topics), the alarm as the API gives it.
 * @param isAnnounced whether another one has done it: it is not said twice
 */
export function byMqtt(
  publish: (topic: string, payload: string) => Promise<void>,
  isAnnounced?: (alarm: string, version: number) => boolean,
): Way {
  return {
    name: "mqtt",
    ...(isAnnounced && {
      wants(change) {
        const { id, version } = alarmOf(change);
        return !isAnnounced(id, version);
      },
    }),
    async announce(changes) {
      for (const { device, json } of changes) await publish(topicOf(device, "alarm"), json);
    },
  };
}
