import { PanelPlugin } from "@grafana/data";
import base from "./base.css";
import desk from "./desk/desk.css";
import details from "./desk/details.css";
import dialog from "./desk/dialog.css";
import list from "./desk/list.css";
import room from "./desk/room.css";
import dispatch from "./dispatch/dispatch.css";
import { defaults, type Options } from "./options.ts";
import { AlarmsPanel } from "./panel.tsx";
import wall from "./wall/wall.css";

document.adoptedStyleSheets.push(base, desk, list, details, dialog, room, dispatch, wall);

type Choice = readonly [value: string, label: string];

export const plugin = new PanelPlugin<Options>(AlarmsPanel).setPanelOptions((builder) => {
  const choose = (path: "language" | "display", name: string, choices: readonly Choice[]) =>
    builder.addRadio({
      path,
      name,
      defaultValue: defaults[path] as string,
      settings: { options: choices.map(([value, label]) => ({ value, label })) },
    });
  const seconds = (path: "staleAfterS" | "pageS", name: string) =>
    builder.addNumberInput({
      path,
      name,
      description: "giây / seconds",
      defaultValue: defaults[path],
      settings: { min: 5, integer: true },
    });
  choose("language", "Ngôn ngữ / Language", [
    ["vi", "Tiếng Việt"],
    ["en", "English"],
  ]);
  choose("display", "Chế độ / Display", [
    ["desk", "Bàn trực / Desk"],
    ["wall", "Màn hình lớn / Wall"],
  ]);
  builder.addTextInput({
    path: "unit",
    name: "Đơn vị / Unit",
    description: "82/29869",
    defaultValue: defaults.unit,
  });
  seconds("staleAfterS", "Báo dữ liệu cũ sau / Stale after");
  seconds("pageS", "Lật trang sau / Next page after");
});
