import "@fontsource/be-vietnam-pro/400.css";
import "@fontsource/be-vietnam-pro/600.css";
import "./console.css";
import { giveBootData } from "./host/boot-data.ts";

// Grafana's libraries read these while they load, so they come with a later import.
giveBootData();
const { mount } = await import("./page.tsx");
mount(document.getElementById("root") as HTMLElement);
