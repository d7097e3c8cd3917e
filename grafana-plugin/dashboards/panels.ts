import type { Panel, Threshold, ValueMapping } from "@grafana/schema";
import { FieldColorModeId, MappingType, ThresholdsMode } from "@grafana/schema";
import { colors } from "./looks.ts";

/** Where the readings lie: InfluxQL, the one language of InfluxDB 1.x, 2.x and 3. */
export const influx = { type: "influxdb", uid: "kenh-influxdb" };
/** The alarms of the station, through the app. */
const alarmSource = { type: "kenh-alarms-datasource", uid: "kenh-alarms" };

/** What stands where nothing has come: never 0. */
const noValue = "Chưa có dữ liệu";

/** Rows and columns of Grafana's grid of 24 columns. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** One question to the store. */
export interface Query {
  /** InfluxQL; `$unit` stands for the condition on the units chosen. */
  readonly query: string;
  /** A legend of `$tag_…` and text. */
  readonly alias?: string;
  readonly table?: boolean;
}

/** How a value is shown. */
export interface Look {
  /** Grafana's name of the unit. */
  readonly unit?: string;
  readonly decimals?: number;
  readonly min?: number;
  readonly max?: number;
  /** Colours from a value on; the first from the least value. */
  readonly steps?: readonly (readonly [from: number | null, color: string])[];
  /** Words for values. */
  readonly words?: Readonly<Record<string, readonly [text: string, color: string]>>;
  /** Fields of a table in the order and words of a reader. */
  readonly columns?: Readonly<Record<string, string>>;
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana puts the units chosen in
const byUnit = '"unit" =~ /^${unit:regex}$/ AND $timeFilter';

function targetsOf(queries: readonly Query[]) {
  return queries.map(({ query, alias, table }, at) => ({
    refId: String.fromCharCode(65 + at),
    datasource: influx,
    rawQuery: true,
    resultFormat: table ? "table" : "time_series",
    query: query.replaceAll("$unit", byUnit),
    ...(alias !== undefined && { alias }),
  }));
}

function fieldsOf(
  { unit, decimals, min, max, steps, words, columns }: Look,
  custom: Record<string, unknown> = {},
) {
  const thresholds: Threshold[] = (steps ?? []).map(([value, color]) => ({
    // A first step without a value holds from the least on; Grafana writes it as null.
    value: value as number,
    color,
  }));
  const mappings: ValueMapping[] = words
    ? [
        {
          type: MappingType.ValueToText,
          options: Object.fromEntries(
            Object.entries(words).map(([value, [text, color]], index) => [
              value,
              { text, color, index },
            ]),
          ),
        },
      ]
    : [];
  return {
    defaults: {
      noValue,
      ...(unit !== undefined && { unit }),
      ...(decimals !== undefined && { decimals }),
      ...(min !== undefined && { min }),
      ...(max !== undefined && { max }),
      ...(mappings.length > 0 && { mappings }),
      ...(steps && {
        color: { mode: FieldColorModeId.Thresholds },
        thresholds: { mode: ThresholdsMode.Absolute, steps: thresholds },
      }),
      custom,
    },
    overrides: Object.entries(columns ?? {}).map(([name, text]) => ({
      matcher: { id: "byName", options: name },
      properties: [{ id: "displayName", value: text }],
    })),
  };
}

/** The course of values over time; the steps are lines, each series keeps its own colour. */
export function course(
  title: string,
  gridPos: Place,
  queries: readonly Query[],
  look: Look,
): Panel {
  const fieldConfig = fieldsOf(look, {
    lineWidth: 2,
    fillOpacity: 8,
    showPoints: "auto",
    // A line is drawn between readings alone: where nothing came there is a gap.
    spanNulls: false,
    ...(look.steps && { thresholdsStyle: { mode: "dashed" } }),
  });
  return {
    type: "timeseries",
    title,
    gridPos,
    datasource: influx,
    targets: targetsOf(queries),
    fieldConfig: {
      ...fieldConfig,
      defaults: { ...fieldConfig.defaults, color: { mode: FieldColorModeId.PaletteClassic } },
    },
    options: {
      legend: { showLegend: true, displayMode: "list", placement: "bottom", calcs: [] },
      tooltip: { mode: "multi", sort: "desc" },
    },
  };
}

/** The newest value of each series, large. */
export function value(title: string, gridPos: Place, queries: readonly Query[], look: Look): Panel {
  return {
    type: "stat",
    title,
    gridPos,
    datasource: influx,
    targets: targetsOf(queries),
    fieldConfig: fieldsOf(look),
    options: {
      reduceOptions: { calcs: ["lastNotNull"], fields: look.words ? "/.*/" : "", values: false },
      colorMode: "background",
      graphMode: "none",
      textMode: "value_and_name",
      justifyMode: "auto",
      orientation: "auto",
    },
  };
}

/** States over time, each in its colour and word. */
export function states(
  title: string,
  gridPos: Place,
  queries: readonly Query[],
  look: Look,
): Panel {
  return {
    type: "state-timeline",
    title,
    gridPos,
    datasource: influx,
    targets: targetsOf(queries),
    fieldConfig: fieldsOf(look, { fillOpacity: 80, lineWidth: 0, spanNulls: false }),
    options: {
      mergeValues: true,
      showValue: "auto",
      alignValue: "left",
      rowHeight: 0.85,
      legend: { showLegend: false, displayMode: "list", placement: "bottom" },
      tooltip: { mode: "single", sort: "none" },
    },
  };
}

/** A table; the column of time is left out. */
export function table(title: string, gridPos: Place, query: Query, look: Look): Panel {
  return {
    type: "table",
    title,
    gridPos,
    datasource: influx,
    targets: targetsOf([{ ...query, table: true }]),
    fieldConfig: fieldsOf(look, { align: "auto", cellOptions: { type: "color-text" } }),
    options: { showHeader: true, cellHeight: "sm" },
    transformations: [
      {
        id: "organize",
        options: { excludeByName: { Time: true }, indexByName: {}, renameByName: {} },
      },
    ],
  };
}

/**
 * Places on a plain outline that Grafana brings with it: no tiles are fetched from anywhere.
 * @param query gives `latitude`, `longitude`, `label` and `priority`, which gives the colour
 */
export function map(title: string, gridPos: Place, query: Query, look: Look): Panel {
  return {
    type: "geomap",
    title,
    gridPos,
    datasource: influx,
    targets: targetsOf([{ ...query, table: true }]),
    fieldConfig: fieldsOf(look),
    options: {
      basemap: {
        type: "geojson",
        name: "Nền",
        config: { src: "public/maps/countries.geojson", rules: [], style: { opacity: 0.2 } },
      },
      view: { id: "fit", allLayers: true, padding: 20, maxZoom: 14 },
      controls: { mouseWheelZoom: true, showZoom: true, showScale: true, showAttribution: false },
      tooltip: { mode: "details" },
      layers: [
        {
          type: "markers",
          name: "Điểm đo",
          location: { mode: "coords", latitude: "latitude", longitude: "longitude" },
          config: {
            showLegend: false,
            style: {
              color: { field: "priority", fixed: colors.good },
              size: { fixed: 9, min: 6, max: 14 },
              opacity: 0.9,
              symbol: { mode: "fixed", fixed: "img/icons/marker/circle.svg" },
              text: { mode: "field", field: "label", fixed: "" },
              textConfig: { fontSize: 12, offsetX: 0, offsetY: 14 },
            },
          },
        },
      ],
    },
  };
}

/** The alarms, as the operators work with them. */
export function alarmsPanel(gridPos: Place): Panel {
  return {
    type: "kenh-alarms-panel",
    title: "Cảnh báo",
    gridPos,
    datasource: alarmSource,
    targets: [{ refId: "A", datasource: alarmSource }],
    options: { language: "vi" },
    fieldConfig: { defaults: {}, overrides: [] },
  };
}
