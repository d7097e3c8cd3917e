import { type Alarm, type Identity, parseIdentity, type Text } from "@kenh/schemas";
import type { RegisteredDevice } from "../../registry.ts";

/** What is known of a place: names for people, units, a position. */
export interface Places {
  find(
    identity: Identity,
  ): Pick<RegisteredDevice, "label" | "siteLabel" | "position" | "quantities"> | undefined;
}

/** Where an alarm is: the site and the device by name, else by identity. */
export function placeOf(device: Identity, places: Places): Text {
  const { site, device: name } = parseIdentity(device);
  const known = places.find(device);
  const of = (language: keyof Text): string =>
    `${known?.siteLabel?.[language] ?? site}, ${known?.label?.[language] ?? name}`;
  return { vi: of("vi"), en: of("en") };
}

const clock = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Asia/Ho_Chi_Minh",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  day: "2-digit",
  month: "2-digit",
  year: "numeric",
});

/** A local date and time, such as `14:05:09 05/10/2026`. */
export function when(ms: number): string {
  const [day, time] = clock.format(ms).split(", ");
  return `${time} ${day}`;
}

/** A value of the alarm's quantity with its unit, `–` where there is none. */
export function measured(alarm: Alarm, value: number | null, places: Places): Text {
  if (value === null) return { vi: "–", en: "–" };
  const unit = places.find(alarm.device)?.quantities.get(alarm.quantity)?.unit ?? "";
  const written = (locale: string): string =>
    `${new Intl.NumberFormat(locale, { maximumFractionDigits: 3 }).format(value)} ${unit}`.trim();
  return { vi: written("vi-VN"), en: written("en-GB") };
}
