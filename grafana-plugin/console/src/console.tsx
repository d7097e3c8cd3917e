import { LoadingState, type PanelPlugin } from "@grafana/data";
import type { LedgerReport } from "@kenh/schemas";
import { useEffect, useMemo, useState } from "react";
import { alarmsToFrame, nameAlarms } from "../../src/shared/alarm-frame.ts";
import { deviceWords } from "../../src/shared/device-words.ts";
import { type Language, locales } from "../../src/shared/language.ts";
import { timeText } from "../../src/shared/time-text.ts";
import type { Api } from "./api.ts";
import { Devices } from "./devices.tsx";
import { type Followed, followAlarms } from "./follow-alarms.ts";
import { loadPanel } from "./host/load-panel.ts";
import { PanelHost } from "./host/panel-host.tsx";
import type { ListedDevice } from "./station.ts";
import { type Polled, usePolled } from "./use-polled.ts";
import { words } from "./words.ts";

const panelUrl = "/plugins/kenh-ioc-app/alarms-panel/module.js";

interface Props {
  readonly api: Api;
  readonly language: Language;
  readonly onLanguage: (language: Language) => void;
  readonly onSignOut: () => void;
}

/** The page of a station: the shipped alarm panel, and beside it the devices with their values. */
export function Console({ api, language, onLanguage, onSignOut }: Props) {
  const say = words[language];
  const followed = useAlarms(api);
  const devices = usePolled<{ devices: ListedDevice[] }>(api, () => "/api/v1/devices", 5000);
  const ledger = usePolled<LedgerReport>(api, () => "/api/v1/ledger", 5000);
  return (
    <div className="console">
      <header className="top">
        <img src="/plugins/kenh-ioc-app/img/logo.svg" alt="" width="36" height="36" />
        <h1>
          Kênh <span>{say.product}</span>
        </h1>
        <span className="link" data-connected={followed.connected}>
          {followed.connected ? say.online : say.offline}
        </span>
        <Clock />
        <button type="button" onClick={onSignOut}>
          {say.signOut}
        </button>
      </header>
      <main>
        <h2>{say.alarms}</h2>
        <Alarms
          followed={followed}
          devices={devices.answer?.devices}
          language={language}
          onLanguage={onLanguage}
        />
      </main>
      <aside aria-label={say.devices}>
        <h2>{say.devices}</h2>
        {devices.failed && <p className="problem">{say.devicesStale}</p>}
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must scroll by keys too */}
        <section className="scroll" aria-label={say.devices} tabIndex={0}>
          {devices.answer && (
            <Devices api={api} devices={devices.answer.devices} language={language} />
          )}
        </section>
      </aside>
      <Ledger ledger={ledger} language={language} />
    </div>
  );
}

interface AlarmsProps {
  readonly followed: Followed;
  readonly devices: readonly ListedDevice[] | undefined;
  readonly language: Language;
  readonly onLanguage: (language: Language) => void;
}

/** The shipped panel with the alarms as a data frame, as a dashboard would give them. */
function Alarms({ followed, devices, language, onLanguage }: AlarmsProps) {
  const [plugin, setPlugin] = useState<PanelPlugin | Error>();
  useEffect(() => {
    loadPanel(panelUrl).then(setPlugin, setPlugin);
  }, []);
  const named = useMemo(() => deviceWords(devices ?? []), [devices]);
  const data = useMemo(() => {
    const { alarms, heardAt, connected } = followed;
    const frame = alarmsToFrame(nameAlarms(alarms, named), { heardAt });
    return { series: [frame], state: connected ? LoadingState.Streaming : LoadingState.Error };
  }, [followed, named]);
  const options = useMemo(() => ({ language }), [language]);
  if (plugin instanceof Error) {
    return (
      <p className="problem" role="alert">
        {words[language].panelFailed} {plugin.message}
      </p>
    );
  }
  if (!plugin) return null;
  return (
    <PanelHost
      plugin={plugin}
      data={data}
      options={options}
      onOptionsChange={(changed) => onLanguage(changed["language"] === "en" ? "en" : "vi")}
    />
  );
}

/** Follows the alarms while the page is shown. */
function useAlarms(api: Api): Followed {
  const [followed, setFollowed] = useState<Followed>({
    alarms: [],
    heardAt: null,
    connected: false,
  });
  useEffect(() => {
    const controller = new AbortController();
    followAlarms(api, setFollowed, controller.signal);
    return () => controller.abort();
  }, [api]);
  return followed;
}

function Clock() {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return <time className="clock">{timeText(now)}</time>;
}

/** The totals of the ledger in one line: what came in, and where it is. */
function Ledger(props: { ledger: Polled<LedgerReport>; language: Language }) {
  const { language } = props;
  const say = words[language];
  const total = props.ledger.answer?.total;
  const number = new Intl.NumberFormat(locales[language]);
  return (
    <footer className="ledger">
      <span>{say.ledger}</span>
      {total &&
        (Object.keys(say.counts) as (keyof typeof say.counts)[]).map((kind) => (
          <span key={kind} data-kind={kind} data-any={total[kind] > 0}>
            {say.counts[kind]} <b>{number.format(total[kind])}</b>
          </span>
        ))}
    </footer>
  );
}
