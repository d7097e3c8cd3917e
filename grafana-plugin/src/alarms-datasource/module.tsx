import { DataSourcePlugin } from "@grafana/data";
import { AlarmsDataSource } from "./datasource.ts";

export const plugin = new DataSourcePlugin(AlarmsDataSource).setQueryEditor(() => (
  <p>Mọi cảnh báo của trạm. / All alarms of the station.</p>
));
