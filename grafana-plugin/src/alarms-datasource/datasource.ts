import {
  type DataQuery,
  type DataQueryRequest,
  type DataQueryResponse,
  DataSourceApi,
  type TestDataSourceResponse,
} from "@grafana/data";
import { getBackendSrv } from "@grafana/runtime";
import type { Alarm } from "@kenh/schemas";
import { alarmsToFrame, nameAlarms } from "../shared/alarm-frame.ts";
import { deviceWords, type ListedDevice } from "../shared/device-words.ts";

const app = "api/plugin-proxy/kenh-ioc-app";

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
