import { LoadingState, type PanelProps, ThemeContext } from "@grafana/data";
import { hasPermission } from "@grafana/runtime";
import { useContext, useEffect, useMemo, useState } from "react";
import { framesToAlarms } from "../shared/alarm-frame.ts";
import { acknowledgeThroughApp } from "./acknowledge.ts";
import { AlarmList } from "./alarm-list.tsx";
import type { Options } from "./options.ts";

/** The panel as Grafana mounts it: frames in, acknowledgements out through the app's proxy. */
export function AlarmsPanel(props: PanelProps<Options>) {
  const { data, options, onOptionsChange } = props;
  const now = useClock();
  const { isDark } = useContext(ThemeContext);
  const reading = useMemo(() => framesToAlarms(data.series), [data.series]);
  return (
    <AlarmList
      reading={reading}
      cut={data.state === LoadingState.Error}
      now={now}
      options={options}
      theme={isDark ? "dark" : "light"}
      acknowledge={acknowledgeThroughApp}
      mayAcknowledge={hasPermission("kenh-ioc-app.alarms:operate")}
      onLanguage={(language) => onOptionsChange({ ...options, language })}
    />
  );
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
