import { AppPlugin } from "@grafana/data";
import { ConfigPage, type Settings } from "./config-page.tsx";

export const plugin = new AppPlugin<Settings>().addConfigPage({
  title: "Configuration",
  icon: "cog",
  id: "configuration",
  body: ConfigPage,
});
