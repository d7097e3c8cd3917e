import {
  type DataQuery,
  type DataQueryRequest,
  type DataQueryResponse,
  DataSourceApi,
  type TestDataSourceResponse,
} from "@grafana/data";
import { getBackendSrv } from "@grafana/runtime";
import type { Alarm, Text } from "@kenh/schemas";
import { alarmsToFrame, type DeviceWords, nameAlarms } from "../shared/alarm-frame.ts";

const app = "api/plugin-proxy/kenh-ioc-app";

/** What the panel needs of `GET /api/v1/devices`. */
interface ListedDevice {
  readonly identity: string;
  readonly label?: Text | null;
  readonly siteLabel?: Text | null;
  readonly values?: Readonly<Record<string, { readonly unit: string }>>;
}

/** Reads the alarms through the app's proxy at each refresh of the dashboard; holds no secret. */
export class AlarmsDataSource extends DataSourceApi<DataQuery> {
  async query(_request: DataQueryRequest<DataQuery>): Promise<DataQueryResponse> {
    const [{ alarms }, { devices }] = await Promise.all([
      getBackendSrv().get<{ alarms: Alarm[] }>(`${app}/alarms`),
      getBackendSrv().get<{ devices: ListedDevice[] }>(`${app}/devices`),
    ]);
    const named = nameAlarms(alarms, deviceWords(devices));
    return { data: [alarmsToFrame(named, { heardAt: Date.now() })] };
  }

  async testDatasource(): Promise<TestDataSourceResponse> {
    const { alarms } = await getBackendSrv().get<{ alarms: Alarm[] }>(`${app}/alarms`);
    return { status: "success", message: `The station answers: ${alarms.length} alarms.` };
  }
}

/** The registry's words by identity. */
export function deviceWords(devices: readonly ListedDevice[]): Map<string, DeviceWords> {
  return new Map(
    devices.map(({ identity, label, siteLabel, values }) => [
      identity,
      {
        label: label ?? null,
        siteLabel: siteLabel ?? null,
        units: Object.fromEntries(
          Object.entries(values ?? {}).map(([quantity, { unit }]) => [quantity, unit]),
        ),
      },
    ]),
  );
}
