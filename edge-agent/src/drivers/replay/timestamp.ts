import { DateTime } from "luxon";

/** A zone at the end of an ISO time: `Z`, `+07`, `+0700`, `+07:00`. */
const isoZone = /T.*(Z|[+-]\d{2}(:?\d{2})?)$/i;
/** Luxon tokens that read a zone, outside of quoted text. */
const zoneToken = /[Zz]/;
const quoted = /'[^']*'/g;

/**
 * Makes the reader of one file's timestamps: text to milliseconds since 1970 UTC. The reader throws
 * a RangeError, with the reason, for a text that has no single meaning in the zone.
 */
export function timestampReader(
  formats: readonly string[],
  zone: string,
): (text: string) => number {
  const inText = zone === "in-timestamp";

  const parse = (text: string, format: string, inZone: string): DateTime =>
    format === "iso"
      ? DateTime.fromISO(text, { zone: inZone })
      : DateTime.fromFormat(text, format, { zone: inZone, locale: "en-US" });

  function read(text: string, format: string): DateTime | undefined {
    const time = parse(text, format, inText ? "UTC" : zone);
    if (!time.isValid) return undefined;
    const carries =
      format === "iso" ? isoZone.test(text) : zoneToken.test(format.replace(quoted, ""));
    if (carries && !inText) {
      throw new RangeError(
        `time ${JSON.stringify(text)} carries a zone and the configuration says ${zone}: set zone to "in-timestamp", or quote the mark in the format`,
      );
    }
    if (!carries && inText) {
      throw new RangeError(
        `time ${JSON.stringify(text)} carries no zone: set the zone of the file`,
      );
    }
    if (!carries && !time.zone.isUniversal) {
      // A local time that a change of the clocks repeats or skips has no single meaning.
      if (time.getPossibleOffsets().length > 1) {
        throw new RangeError(
          `time ${JSON.stringify(text)} comes twice in ${zone}: give the file in UTC`,
        );
      }
      const written = parse(text, format, "UTC");
      if (written.hour !== time.hour || written.minute !== time.minute) {
        throw new RangeError(
          `time ${JSON.stringify(text)} does not exist in ${zone}: give the file in UTC`,
        );
      }
    }
    return time;
  }

  return (text) => {
    for (const format of formats) {
      const time = read(text, format);
      if (time) return time.toMillis();
    }
    throw new RangeError(
      `time ${JSON.stringify(text)} is not of the format ${formats.join(" or ")}`,
    );
  };
}
