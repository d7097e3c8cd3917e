import {
  type DataQuery,
  type DataQueryRequest,
  type DataQueryResponse,
  DataSourceApi,
  type DataSourceInstanceSettings,
  type TestDataSourceResponse,
} from "@grafana/data";
import type { Observable } from "rxjs";
import { liveAlarms } from "./live-alarms.ts";
import { stationSource } from "./station-source.ts";

/** Follows the alarms through the app's proxy, without a refresh of the dashboard; holds no secret. */
export class AlarmsDataSource extends DataSourceApi<DataQuery> {
  readonly #live: Observable<DataQueryResponse>;

  constructor(settings: DataSourceInstanceSettings) {
    super(settings);
    this.#live = liveAlarms();
  }

  query(_request: DataQueryRequest<DataQuery>): Observable<DataQueryResponse> {
    return this.#live;
  }

  async testDatasource(): Promise<TestDataSourceResponse> {
    const { alarms } = await stationSource.list(0, AbortSignal.timeout(10_000));
    return { status: "success", message: `The station answers: ${alarms.length} alarms.` };
  }
}
