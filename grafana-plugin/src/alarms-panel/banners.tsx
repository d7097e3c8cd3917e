import { ageText, timeText } from "../shared/time-text.ts";
import type { Shown } from "./shown.ts";
import { words } from "./words.ts";

/** Readings are old when no device at all has sent one for this long. */
const oldReadingsMs = 5 * 60_000;
/** Clocks that are this far apart put alarms at times that an operator would dispute. */
const skewMs = 10_000;
/** What could not be read is told for as long as it takes to look up. */
const garbledMs = 10_000;

type Props = Omit<Shown, "alarms" | "sound">;

/** What an operator must know before believing the list: silence, old data, wrong clocks, a flood. */
export function Banners(props: Props) {
  const { freshness, now, language } = props;
  const say = words[language];
  const { heardAt, connected, refused, skewMs: skew = 0, newestReadingAt, garbledAt } = freshness;
  const silent = heardAt !== null && now - heardAt > props.staleAfterS * 1000;
  const isCut = heardAt !== null && (props.failed || connected === false || silent);
  const isOld =
    !isCut &&
    newestReadingAt !== null &&
    newestReadingAt !== undefined &&
    now + skew - newestReadingAt > oldReadingsMs;
  const warnings = [
    refused && say.refusedToShow(refused),
    heardAt === null && !refused && say.neverHeard,
    isCut && say.cut(timeText(heardAt)),
    isOld && say.oldReadings(timeText(newestReadingAt)),
    Math.abs(skew) > skewMs && say.skew(ageText(Math.abs(skew), language)),
    garbledAt && now - garbledAt < garbledMs && say.garbled(timeText(garbledAt)),
    props.unreadable > 0 && say.unreadable(props.unreadable),
  ].filter((text) => typeof text === "string");
  return (
    <>
      {warnings.map((text) => (
        <p key={text} className="kenh-banner" role="alert">
          {text}
        </p>
      ))}
      {props.flood !== null && (
        <p className="kenh-banner kenh-flood" role="status">
          {say.flood(props.flood)}
        </p>
      )}
    </>
  );
}

/** "1/5 thiết bị mất kết nối"; nothing where all are heard, or where nobody knows. */
export function SilentDevices({ freshness, language }: Pick<Props, "freshness" | "language">) {
  const { devices, connected } = freshness;
  if (!devices || devices.silent === 0 || connected === false) return null;
  return <p className="kenh-notes">{words[language].silent(devices.silent, devices.total)}</p>;
}
