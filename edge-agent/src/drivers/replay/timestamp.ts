import { DateTime } from "luxon";

/** A zone at the end of an ISO time: `Z`, `+07`, `+0700`, `+07:00`. */
const isoZone = /T.*(Z|[+-]\d{2}(:?\d{2})?)$/i;
/** Luxon tokens that read a zone or count from 1970, outside of quoted text. */
const zoneToken = /[ZzXx]/;
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

  function read(text: string, format: string): DateTime | undefined {
    const carries =
      format === "iso" ? isoZone.test(text) : zoneToken.test(format.replace(quoted, ""));
    const options = { zone: inText ? "UTC" : zone, locale: "en-US" };
    const time =
      format === "iso"
        ? DateTime.fromISO(text, options)
        : DateTime.fromFormat(text, format, options);
    if (!time.isValid) return undefined;
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
    if (!carries && !time.zone.isUniversal) unique(time, text, zone);
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

/** A local time that a change of the clock skips or repeats has no single meaning. */
function unique(time: DateTime, text: string, zone: string): void {
  if (time.getPossibleOffsets().length > 1) {
    throw new RangeError(
      `time ${JSON.stringify(text)} comes twice in ${zone}: give the file in UTC`,
    );
  }
  const clock = `${String(time.hour).padStart(2, "0")}:${String(time.minute).padStart(2, "0")}`;
  if (
    /\d{1,2}:\d{2}/.test(text) &&
    /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/.test(text) &&
    !text.includes(clock)
  ) {
    throw new RangeError(
      `time ${JSON.stringify(text)} does not exist in ${zone}: give the file in UTC`,
    );
  }
}
