import { type DataQueryResponse, LoadingState } from "@grafana/data";
import type { Alarm } from "@kenh/schemas";
import { Observable, ReplaySubject, share, timer } from "rxjs";
import { alarmsToFrame, nameAlarm, type ShownAlarm } from "../shared/alarm-frame.ts";
import { deviceHealth, deviceWords, type ListedDevice } from "../shared/device-words.ts";
import { followAlarms, unheard } from "../shared/follow-alarms.ts";
import { get, stationSource } from "./station-source.ts";

/** Changes are gathered for this long: a burst is drawn ten times a second, never a thousand. */
const gatherMs = 100;
/** Labels, units and freshness of devices: what changes there is seen within this time. */
const devicesEveryMs = 15_000;
/** A dashboard's refresh leaves and comes back: the connection outlives that. */
const lingerMs = 3_000;

/** The station's alarms as frames, live; one connection for all that look at the same time. */
export function liveAlarms(): Observable<DataQueryResponse> {
  return new Observable<DataQueryResponse>((subscriber) => {
    const controller = new AbortController();
    let followed = unheard;
    let devices: readonly ListedDevice[] = [];
    let words = deviceWords(devices);
    // Most alarms are the same from change to change, and so are their names.
    let named = new WeakMap<Alarm, ShownAlarm>();
    let gathering: ReturnType<typeof setTimeout> | undefined;
    let spokenAt = Number.NEGATIVE_INFINITY;

    const nameOf = (alarm: Alarm) => {
      const known = named.get(alarm) ?? nameAlarm(alarm, words);
      named.set(alarm, known);
      return known;
    };
    // A new device, or a new quantity of one, is asked for at once: a value without its unit misleads.
    const unitless = new Set<string>();
    const learn = ({ device, quantity }: Alarm) => {
      const name = `${device} ${quantity}`;
      if (unitless.has(name) || words.get(device)?.units[quantity] !== undefined) return false;
      unitless.add(name);
      return true;
    };

    const speak = () => {
      gathering = undefined;
      spokenAt = performance.now();
      const { alarms, ...freshness } = followed;
      const frame = alarmsToFrame(alarms.map(nameOf), {
        ...freshness,
        ...deviceHealth(devices),
      });
      subscriber.next({ data: [frame], state: LoadingState.Streaming, key: "kenh-alarms" });
    };
    const gather = () => {
      gathering ??= setTimeout(speak, Math.max(0, gatherMs - (performance.now() - spokenAt)));
    };

    const askForDevices = async () => {
      const answer = await get<{ devices: ListedDevice[] }>("devices", controller.signal).catch(
        () => undefined,
      );
      if (!answer) return;
      devices = answer.data.devices;
      words = deviceWords(devices);
      named = new WeakMap();
      gather();
    };
    askForDevices();
    const devicesTimer = setInterval(askForDevices, devicesEveryMs);
    followAlarms(
      stationSource,
      (state) => {
        followed = state;
        if (state.alarms.filter(learn).length > 0) askForDevices();
        gather();
      },
      controller.signal,
      { network: window },
    );
    return () => {
      controller.abort();
      clearInterval(devicesTimer);
      clearTimeout(gathering);
    };
  }).pipe(
    share({
      connector: () => new ReplaySubject(1),
      resetOnRefCountZero: () => timer(lingerMs),
    }),
  );
}
