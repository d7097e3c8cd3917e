import { topicOf } from "@kenh/schemas";
import type { Way } from "./way.ts";

/** On the alarm topic of the device (CONTRACT: topics), the alarm as the API gives it. */
export function byMqtt(publish: (topic: string, payload: string) => Promise<void>): Way {
  return {
    name: "mqtt",
    async announce(changes) {
      for (const { device, json } of changes) await publish(topicOf(device, "alarm"), json);
    },
  };
}
