import { LoadingState, type PanelProps, ThemeContext } from "@grafana/data";
import { hasPermission } from "@grafana/runtime";
import { useContext, useEffect, useMemo, useRef, useState } from "react";
import { type Freshness, framesToAlarms, type ShownAlarm } from "../shared/alarm-frame.ts";
import { type Language, languages } from "../shared/language.ts";
import { usePreference } from "../shared/preference.ts";
import { carryOutThroughApp } from "./calls.ts";
import { Desk } from "./desk/desk.tsx";
import { type Options, readFlags } from "./options.ts";
import type { Shown } from "./shown.ts";
import { isIn } from "./states.ts";
import { useSound } from "./use-sound.ts";
import { Wall } from "./wall/wall.tsx";
import { words } from "./words.ts";

/** More new alarms than these in ten minutes are more than a person takes in (EEMUA 191). */
const floodBeyond = 10;
const floodWindowMs = 10 * 60_000;

/** The panel as Grafana mounts it: frames in, the operator's calls out through the app's proxy. */
export function AlarmsPanel(props: PanelProps<Options>) {
  const { data, options, onOptionsChange } = props;
  const now = useClock();
  const { isDark } = useContext(ThemeContext);
  const flags = useMemo(() => readFlags(window.location.search), []);
  // The address wins over the options until somebody switches.
  const [chosen, setChosen] = useState<Language | undefined>(flags.language);
  const [kept, keep] = usePreference("language", languages);
  const [keptSound, keepSound] = usePreference("sound", ["on", "off"]);
  const unit = flags.unit ?? options.unit;
  const isWall = flags.wall || options.display === "wall";
  // Nobody chooses on a wall: it shows what its address and its options say.
  const language = chosen ?? (isWall ? undefined : kept) ?? options.language;

  const before = useRef<readonly ShownAlarm[]>([]);
  const reading = useMemo(() => framesToAlarms(data.series, before.current), [data.series]);
  before.current = reading.alarms;
  const alarms = useMemo(() => ofUnit(reading.alarms, unit), [reading.alarms, unit]);
  const inService = useMemo(() => alarms.filter((alarm) => isIn("service", alarm)), [alarms]);
  const sound = useSound(inService, now, isWall ? flags.sound : keptSound === "on", () =>
    keepSound("on"),
  );
  const { freshness, unreadable } = reading;
  const shown: Shown = {
    alarms,
    freshness,
    unreadable,
    failed: data.state === LoadingState.Error,
    now,
    staleAfterS: options.staleAfterS,
    language,
    flood: floodOf(alarms, freshness, unit, now),
    sound,
  };
  return (
    <section
      className="kenh-alarms"
      data-theme={isDark ? "dark" : "light"}
      data-display={isWall ? "wall" : "desk"}
      aria-label={words[language].title}
      lang={language}
    >
      {isWall ? (
        <Wall {...shown} pageS={options.pageS} height={props.height} />
      ) : (
        <Desk
          {...shown}
          unit={unit}
          width={props.width}
          carryOut={carryOutThroughApp}
          rights={{
            operate: hasPermission("kenh-ioc-app.alarms:operate"),
            maintain: hasPermission("kenh-ioc-app.alarms:maintain"),
          }}
          onLanguage={() => {
            const next = language === "vi" ? "en" : "vi";
            setChosen(next);
            keep(next);
            onOptionsChange({ ...options, language: next });
          }}
        />
      )}
    </section>
  );
}

function ofUnit(alarms: readonly ShownAlarm[], unit: string): readonly ShownAlarm[] {
  if (!unit) return alarms;
  return alarms.filter(({ device }) => isOfUnit(device.split("/").slice(0, 2).join("/"), unit));
}

/** Whether `province/unit` is what is wanted: that itself, or the unit's code alone; all when empty. */
function isOfUnit(unit: string, wanted: string): boolean {
  return !wanted || unit === wanted || unit.split("/")[1] === wanted;
}

/** How many alarms came at once, null while it is no flood: as the station says, else as counted here. */
function floodOf(
  alarms: readonly ShownAlarm[],
  { floods, skewMs = 0 }: Freshness,
  unit: string,
  now: number,
): number | null {
  if (floods) {
    const told = floods.filter((one) => one.active && isOfUnit(one.unit, unit));
    return told.length > 0 ? told.reduce((sum, { count }) => sum + count, 0) : null;
  }
  const since = now + skewMs - floodWindowMs;
  const count = alarms.filter(({ raisedAt }) => (raisedAt ?? 0) > since).length;
  return count > floodBeyond ? count : null;
}

/** The time of this computer, anew each second: ages and silence grow without new data. */
function useClock(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
