import {
  type AbsoluteTimeRange,
  createTheme,
  EventBusSrv,
  getDefaultTimeRange,
  getPanelOptionsWithDefaults,
  type PanelData,
  type PanelPlugin,
  type PanelProps,
  ThemeContext,
} from "@grafana/data";
import { useEffect, useMemo, useRef, useState } from "react";

/** What a panel is given to show. */
export type HostData = Pick<PanelData, "series" | "state">;

interface Props {
  readonly plugin: PanelPlugin;
  readonly theme: "dark" | "light";
  readonly data: HostData;
  readonly options: Readonly<Record<string, unknown>>;
  readonly onOptionsChange: (options: Record<string, unknown>) => void;
}

const themes = {
  dark: createTheme({ colors: { mode: "dark" } }),
  light: createTheme({ colors: { mode: "light" } }),
};
const eventBus = new EventBusSrv();
const noFieldConfig = { defaults: {}, overrides: [] };

/** Mounts a panel with the props that Grafana gives it. */
export function PanelHost({ plugin, theme, data, options, onOptionsChange }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const [{ width, height }, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => entry && setSize(entry.contentRect));
    if (frame.current) observer.observe(frame.current);
    return () => observer.disconnect();
  }, []);
  const complete = useMemo(
    () =>
      getPanelOptionsWithDefaults({
        plugin,
        currentOptions: options,
        currentFieldConfig: noFieldConfig,
        isAfterPluginChange: false,
      }),
    [plugin, options],
  );
  const timeRange = useMemo(() => getDefaultTimeRange(), []);
  const Panel = plugin.panel;
  if (!Panel) return null;
  const props: PanelProps = {
    id: 1,
    data: { ...data, timeRange },
    timeRange,
    timeZone: "Asia/Ho_Chi_Minh",
    options: complete.options,
    fieldConfig: complete.fieldConfig,
    width,
    height,
    renderCounter: 0,
    title: "",
    transparent: true,
    eventBus,
    replaceVariables: (text) => text,
    onOptionsChange,
    onFieldConfigChange: () => undefined,
    onChangeTimeRange: (_range: AbsoluteTimeRange) => undefined,
  };
  return (
    <div ref={frame} className="panel-frame">
      <ThemeContext.Provider value={themes[theme]}>
        <Panel {...props} />
      </ThemeContext.Provider>
    </div>
  );
}
