import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";

/** A page of Grafana, as far as it says which readings it shows. */
export interface DashboardPage {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly {
    readonly title: string;
    /** What each of its queries asks for: a measurement, and every name that stands in it. */
    readonly asks: readonly { readonly measurement: string; readonly names: ReadonlySet<string> }[];
  }[];
}

/** A page with those of its panels that show something. */
export interface PageShown {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly string[];
}

const pageSchema = z.object({
  uid: z.string(),
  title: z.string(),
  panels: z.array(
    z.object({
      title: z.string().default(""),
      targets: z.array(z.object({ query: z.string().default("") })).default([]),
    }),
  ),
});

/** Reads the pages of Grafana in a folder; none where there is no such folder. */
export function readDashboards(folder: string): DashboardPage[] {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  return names.sort().map((name) => {
    const { uid, title, panels } = pageSchema.parse(
      JSON.parse(readFileSync(join(folder, name), "utf8")),
    );
    return {
      uid,
      title,
      panels: panels.map((panel) => ({
        title: panel.title,
        asks: panel.targets.flatMap(({ query }) => {
          const measurement = /\bFROM "([^"]+)"/.exec(query)?.[1];
          const names = [...query.matchAll(/"([^"]+)"/g)].map(([, name = ""]) => name);
          return measurement === undefined ? [] : [{ measurement, names: new Set(names) }];
        }),
      })),
    };
  });
}

/** Where every device stands, whatever it measures. */
const ofAll = "fleet";

/** The pages that show a device of this measurement that sends these quantities, or any device. */
export function pagesOf(
  pages: readonly DashboardPage[],
  measurement: string,
  quantities: { keys(): Iterable<string> },
): PageShown[] {
  return pages.flatMap(({ uid, title, panels }) => {
    const shown = panels.filter(({ asks }) =>
      asks.some(
        (ask) =>
          ask.measurement === ofAll ||
          (ask.measurement === measurement &&
            [...quantities.keys()].some((name) => ask.names.has(name))),
      ),
    );
    return shown.length === 0 ? [] : [{ uid, title, panels: shown.map((panel) => panel.title) }];
  });
}
