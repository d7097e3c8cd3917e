import { EventBusSrv, LoadingState, type PanelProps } from "@grafana/data";
import {
  type BackendSrv,
  type BackendSrvRequest,
  setBackendSrv,
  setCurrentUser,
} from "@grafana/runtime";
import type { Alarm } from "@kenh/schemas";
import { fireEvent, screen, within } from "@testing-library/react";
import { type Observable, of, throwError } from "rxjs";
import { anAlarm } from "../an-alarm.fixture.ts";
import { alarmsToFrame, type Freshness, nameAlarm } from "../shared/alarm-frame.ts";
import { defaults, type Options } from "./options.ts";
import { AlarmsPanel } from "./panel.tsx";

/** The station behind the app's proxy, as far as a panel asks it. */
export const station = {
  /** The calls that change something. */
  calls: [] as BackendSrvRequest[],
  /** What it answers to them. */
  answer: (_request: BackendSrvRequest): Observable<unknown> => of({}),
};

// Grafana takes the user once, at its start.
const user = { permissions: {} as Record<string, boolean> };
setCurrentUser(user as Parameters<typeof setCurrentUser>[0]);

export function setPermissions(...rights: string[]): void {
  user.permissions = Object.fromEntries(
    rights.map((name) => [`kenh-ioc-app.alarms:${name}`, true]),
  );
}

/** Everybody may do everything, nothing was called or chosen before. */
export function begin(): void {
  localStorage.clear();
  station.calls.length = 0;
  station.answer = () => of({ data: anAlarm({ state: "acknowledged", version: 4 }) });
  setBackendSrv({
    fetch(request: BackendSrvRequest) {
      if (request.method !== "POST") return throwError(() => ({ status: 404 }));
      station.calls.push(request);
      return station.answer(request);
    },
  } as Partial<BackendSrv> as BackendSrv);
  setPermissions("operate", "maintain");
}

interface Shown {
  alarms?: readonly Alarm[];
  options?: Partial<Options>;
  state?: LoadingState;
  freshness?: Partial<Freshness>;
  onOptionsChange?: (options: Options) => void;
}

/** The panel with alarms in a frame, as Grafana mounts it. */
export function element({ alarms = [anAlarm()], ...shown }: Shown) {
  const words = {
    label: { vi: "Mực nước sông Tiền", en: "Tiền river level" },
    siteLabel: { vi: "Cầu Cao Lãnh", en: "Cao Lãnh bridge" },
    units: { water_level_m: "m" },
  };
  const frame = alarmsToFrame(
    alarms.map((alarm) => nameAlarm(alarm, new Map([[alarm.device, words]]))),
    { heardAt: Date.now(), ...shown.freshness },
  );
  const props = {
    data: { state: shown.state ?? LoadingState.Streaming, series: [frame] },
    options: { ...defaults, ...shown.options },
    onOptionsChange: shown.onOptionsChange ?? (() => undefined),
    eventBus: new EventBusSrv(),
    width: 1300,
    height: 700,
  };
  return <AlarmsPanel {...(props as unknown as PanelProps<Options>)} />;
}

/** The rows as they stand in the list, and what a test asks of them. */
export const rows = () => [...document.querySelectorAll<HTMLElement>(".kenh-row")];
export const ids = () => rows().map((row) => row.dataset["id"]);
export const row = () => within(rows()[0]!);
export const press = (key: string, more = {}) =>
  fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more });
export const acknowledge = () => row().getByRole("button", { name: "Xác nhận" });
/** Opens the list on which an alarm of this state stands. */
export const openList = (name: RegExp) => fireEvent.click(screen.getByRole("tab", { name }));
