import { PanelPlugin } from "@grafana/data";
import base from "./base.css";
import desk from "./desk/desk.css";
import details from "./desk/details.css";
import dialog from "./desk/dialog.css";
import list from "./desk/list.css";
import room from "./desk/room.css";
import { defaults, type Options } from "./options.ts";
import { AlarmsPanel } from "./panel.tsx";
import wall from "./wall/wall.css";

document.adoptedStyleSheets.push(base, desk, list, details, dialog, room, wall);

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
    .addRadio({
      path: "display",
      name: "Chế độ / Display",
      defaultValue: defaults.display,
      settings: {
        options: [
          { value: "desk", label: "Bàn trực / Desk" },
          { value: "wall", label: "Màn hình lớn / Wall" },
        ],
      },
    })
    .addTextInput({
      path: "unit",
      name: "Đơn vị / Unit",
      description: "82/29869",
      defaultValue: defaults.unit,
    })
    .addNumberInput({
      path: "staleAfterS",
      name: "Báo dữ liệu cũ sau / Stale after",
      description: "giây / seconds",
      defaultValue: defaults.staleAfterS,
      settings: { min: 5, integer: true },
    })
    .addNumberInput({
      path: "pageS",
      name: "Lật trang sau / Next page after",
      description: "giây / seconds",
      defaultValue: defaults.pageS,
      settings: { min: 5, integer: true },
    }),
);
