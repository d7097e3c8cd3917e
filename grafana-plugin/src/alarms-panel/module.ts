import { PanelPlugin } from "@grafana/data";
import styles from "./alarms.css";
import { defaults, type Options } from "./options.ts";
import { AlarmsPanel } from "./panel.tsx";

document.adoptedStyleSheets.push(styles);

export const plugin = new PanelPlugin<Options>(AlarmsPanel).setPanelOptions((builder) =>
  builder
    .addRadio({
      path: "language",
      name: "Ngôn ngữ / Language",
      defaultValue: defaults.language,
      settings: {
        options: [
          { value: "vi", label: "Tiếng Việt" },
          { value: "en", label: "English" },
        ],
      },
    })
    .addNumberInput({
      path: "staleAfterS",
      name: "Báo dữ liệu cũ sau / Stale after",
      description: "giây / seconds",
      defaultValue: defaults.staleAfterS,
      settings: { min: 5, integer: true },
    })
    .addNumberInput({
      path: "maxRows",
      name: "Số dòng tối đa / Most rows",
      defaultValue: defaults.maxRows,
      settings: { min: 1, max: 1000, integer: true },
    }),
);
