import { useState } from "react";
import { linePath, range } from "../../../src/shared/line-path.ts";
import { numberText } from "../../../src/shared/reading-text.ts";
import { textOf } from "../../../src/shared/text-of.ts";
import { clockText, timeText } from "../../../src/shared/time-text.ts";
import type { ListedDevice, Series } from "../station.ts";
import { stepMs } from "../value-text.ts";
import { words as pageWords } from "../words.ts";
import { useAsked } from "./ask.ts";
import type { PageProps } from "./engineer.tsx";
import { FailureNote } from "./failure-note.tsx";
import { words } from "./words.ts";

const hourMs = 3_600_000;
const spans = { hour: hourMs, day: 24 * hourMs, week: 7 * 24 * hourMs } as const;
type Span = keyof typeof spans;
/** Points of a line: about one for each pixel that a screen gives it. */
const points = 400;
const [width, height] = [640, 220];
const edge = 6;

interface Props extends PageProps {
  readonly device: ListedDevice;
  readonly quantity: string | undefined;
}

/** The past of one quantity; a gap in the data is a gap in the line. */
export function DeviceTrend({ api, device, quantity, language }: Props) {
  const say = words[language];
  const [span, setSpan] = useState<Span>("day");
  // The address moves on once a minute, not with each drawing.
  const to = Math.ceil(Date.now() / 60_000) * 60_000;
  const from = to - spans[span];
  const everyMs = Math.max(stepMs(device), Math.ceil(spans[span] / points / 1000) * 1000);
  const query = new URLSearchParams({
    device: device.identity,
    quantity: quantity ?? "",
    every: String(everyMs),
    from: String(from),
    to: String(to),
  });
  const { answer, failure } = useAsked<Series>(
    api,
    quantity === undefined ? null : `/api/v1/telemetry?${query}`,
    undefined,
    `${device.identity} ${quantity} ${span}`,
  );
  if (quantity === undefined) return <p className="hint">{pageWords[language].noValues}</p>;
  const label = textOf(device.values[quantity]?.label, language) || quantity;
  const bounds = answer && range(answer.points);
  const text = (value: number) => numberText(value, answer?.unit ?? "", language);
  return (
    <>
      <fieldset className="eng-choice">
        <legend>{label}</legend>
        {(Object.keys(spans) as Span[]).map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={each === span}
            onClick={() => setSpan(each)}
          >
            {say.spans[each]}
          </button>
        ))}
      </fieldset>
      <FailureNote failure={failure} language={language} />
      {answer && !bounds && <p className="hint">{say.tooFew}</p>}
      {answer && bounds && (
        <figure className="eng-trend">
          <div className="eng-axis">
            <span>{text(bounds.most)}</span>
            <span>{text(bounds.least)}</span>
          </div>
          <svg
            viewBox={`0 0 ${width} ${height}`}
            preserveAspectRatio="none"
            role="img"
            aria-label={`${label}, ${say.spans[span]}: ${say.fromTo(text(bounds.least), text(bounds.most))}`}
          >
            <path className="eng-grid" d={`M0 ${edge}H${width}M0 ${height - edge}H${width}`} />
            <path d={pathOf(answer.points, everyMs, bounds, from, to)} />
          </svg>
          <figcaption>
            <span>{timeText(from).slice(0, 16)}</span>
            <span>{span === "hour" ? clockText(to).slice(0, 5) : timeText(to).slice(0, 16)}</span>
          </figcaption>
        </figure>
      )}
    </>
  );
}

function pathOf(
  of: Series["points"],
  everyMs: number,
  { least, most }: { least: number; most: number },
  from: number,
  to: number,
): string {
  const spread = most - least || 1;
  // A constant value lies in the middle, not on the floor.
  const floor = most === least ? height / 2 : height - edge;
  return linePath(
    of,
    everyMs,
    (ts) => ((ts - from) / (to - from)) * width,
    (value) => floor - ((value - least) / spread) * (height - 2 * edge),
  );
}
