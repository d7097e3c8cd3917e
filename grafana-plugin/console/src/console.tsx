import { LoadingState, type PanelPlugin } from "@grafana/data";
import type { LedgerReport } from "@kenh/schemas";
import { useEffect, useMemo, useState } from "react";
import { type Language, locales } from "../../src/shared/language.ts";
import { timeText } from "../../src/shared/time-text.ts";
import type { Api } from "./api.ts";
import { Devices } from "./devices.tsx";
import { hrefOf } from "./engineer/route.ts";
import type { Looks } from "./frame.tsx";
import { loadDataSource, loadPanel } from "./host/load-plugin.ts";
import { type HostData, PanelHost } from "./host/panel-host.tsx";
import { shiftHref } from "./shift/route.ts";
import type { ListedDevice } from "./station.ts";
import { type Polled, usePolled } from "./use-polled.ts";
import { words } from "./words.ts";

const app = "/plugins/kenh-ioc-app";

export type Theme = "dark" | "light";

interface Props extends Looks {
  readonly api: Api;
}

/** The page of a station: the shipped alarm panel, and beside it the devices with their values. */
export function Console({ api, language, theme, onLanguage, onTheme, onSignOut }: Props) {
  const say = words[language];
  const otherTheme = theme === "dark" ? "light" : "dark";
  const devices = usePolled<{ devices: ListedDevice[] }>(api, () => "/api/v1/devices", 5000);
  const ledger = usePolled<LedgerReport>(api, () => "/api/v1/ledger", 5000);
  return (
    <div className="console">
      <header className="top">
        <img src={`${app}/img/logo.svg`} alt="" width="32" height="32" />
        <h1>
          Kênh <span>{say.product}</span>
        </h1>
        <Clock />
        <a className="to-engineer" href={shiftHref({ page: "dispatches" })}>
          {say.dispatches}
        </a>
        <a className="to-engineer" href={shiftHref({ page: "handovers" })}>
          {say.handovers}
        </a>
        <a className="to-engineer" href={hrefOf({ page: "devices" })}>
          {say.engineering}
        </a>
        <button type="button" onClick={() => onTheme(otherTheme)}>
          {say.themes[otherTheme]}
        </button>
        <button type="button" onClick={onSignOut}>
          {say.signOut}
        </button>
      </header>
      <main>
        <Alarms language={language} theme={theme} onLanguage={onLanguage} />
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

/** The panel alone, over the whole screen. */
export function Wall(props: AlarmsProps) {
  return (
    <main className="wall">
      <h1 className="unseen">Kênh</h1>
      <Alarms {...props} />
    </main>
  );
}

type AlarmsProps = Pick<Props, "language" | "theme" | "onLanguage">;

/** The shipped panel with what the shipped data source gives, as on a dashboard. */
function Alarms({ language, theme, onLanguage }: AlarmsProps) {
  const [plugin, setPlugin] = useState<PanelPlugin | Error>();
  useEffect(() => {
    loadPanel(`${app}/alarms-panel/module.js`).then(setPlugin, setPlugin);
  }, []);
  const data = useDataSource(`${app}/alarms-datasource/module.js`);
  const options = useMemo(() => ({ language }), [language]);
  const failed = [plugin, data].find((part) => part instanceof Error);
  if (failed) {
    return (
      <p className="problem" role="alert">
        {words[language].panelFailed} {failed.message}
      </p>
    );
  }
  if (!plugin || plugin instanceof Error || data instanceof Error) return null;
  return (
    <PanelHost
      plugin={plugin}
      theme={theme}
      data={data}
      options={options}
      onOptionsChange={(changed) => onLanguage(changed["language"] === "en" ? "en" : "vi")}
    />
  );
}

/** What a data source gives, as long as the page is shown. */
function useDataSource(url: string): HostData | Error {
  const [data, setData] = useState<HostData | Error>({ series: [], state: LoadingState.Loading });
  useEffect(() => {
    let isOver = false;
    let stop = () => {
      isOver = true;
    };
    loadDataSource(url).then((answers) => {
      if (isOver) return;
      const subscription = answers.subscribe(({ data: series, state = LoadingState.Done }) =>
        setData({ series, state }),
      );
      stop = () => subscription.unsubscribe();
    }, setData);
    return () => stop();
  }, [url]);
  return data;
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
