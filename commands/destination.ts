import { Command, InvalidArgumentError } from "commander";
import { print, Refusal, table, when } from "./output.ts";
import { ask } from "./running.ts";
import { dataOption } from "./state.ts";

interface Destination {
  readonly name: string;
  readonly role: "main" | "second";
  readonly store: { readonly kind: string; readonly url?: string };
  readonly backlog: { readonly points: number; readonly oldestAt: number | null };
  readonly fault: string | null;
  readonly refused: number;
  readonly refusal: string | null;
  readonly backfills: readonly {
    readonly why: string;
    readonly points: number;
    readonly finishedAt: number | null;
  }[];
}
interface Listing {
  readonly destinations: readonly Destination[];
}
interface Verification {
  readonly series: number;
  readonly days: number;
  readonly readings: { readonly here: number; readonly there: number };
  readonly differing: number;
  readonly differences: readonly {
    readonly device: string;
    readonly quantity: string;
    readonly day: string;
    readonly here: { readonly count: number };
    readonly there: { readonly count: number };
  }[];
}

const path = (name = "", call = ""): string =>
  `/api/v1/destinations${name && `/${encodeURIComponent(name)}`}${call && `/${call}`}`;

/** A date (of UTC) or an instant with its zone. */
function instant(text: string): number {
  const ts = /^\d{4}-\d\d-\d\d(T.*(Z|[+-]\d\d:\d\d))?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ts))
    throw new InvalidArgumentError("must be 2026-10-05 or 2026-10-05T07:00:00+07:00");
  return ts;
}

function rows({ destinations }: Listing): string[] {
  return table([
    ["name", "role", "store", "waiting", "since", "refused", "state"],
    ...destinations.map(({ name, role, store, backlog, refused, refusal, fault, backfills }) => {
      const running = backfills.find(({ finishedAt }) => finishedAt === null);
      const well = refusal === null ? "in order" : `in order; refused last: ${refusal}`;
      const state = fault ?? (running ? `backfill: ${running.points} points so far` : well);
      const since = backlog.oldestAt === null ? "–" : when(backlog.oldestAt);
      return [name, role, store.url ?? store.kind, backlog.points, since, refused, state];
    }),
  ]);
}

/** `kenh destination`: the stores to which readings go; pilot and official centre. */
export function destinationCommand(): Command {
  const command = new Command("destination").description("the stores to which readings go");
  const sub = (name: string, description: string): Command =>
    command.command(name).description(description).addOption(dataOption()).option("--json");

  sub("list", "each with its backlog and its state").action(async ({ data, json }) => {
    const listing = await ask<Listing>(data, path());
    print(json, listing, () => rows(listing));
  });

  sub("add <name>", "brings readings there, too, from now on")
    .requiredOption("--url <url>", "of InfluxDB or VictoriaMetrics")
    .option("--kind <kind>", "influxdb or victoriametrics", "influxdb")
    .option("--influx-version <n>", "1, 2 or 3", "2")
    .option("--org <org>")
    .option("--bucket <bucket>", "or the database of InfluxDB 1")
    .option("--token-file <file>", "that the station can read, with an absolute path")
    .option("--devices <patterns...>", "only these, such as 82/29869/*/*")
    .option("--measurements <names...>", "only these")
    .action(async (name, options) => {
      const { data, json, url, kind, influxVersion, org, bucket, tokenFile } = options;
      const { devices, measurements } = options;
      const influx = { version: Number(influxVersion), org, bucket, tokenFile };
      const store = { kind, url, ...(kind === "influxdb" && influx) };
      const body = { name, store, devices, measurements };
      const listing = await ask<Listing>(data, path(), { method: "POST", body });
      print(json, listing, () => rows(listing));
    });

  sub("backfill <name>", "brings there what the main store has of a span of time")
    .requiredOption("--from <time>", "a date or an instant with its zone", instant)
    .requiredOption("--to <time>", "inclusive", instant)
    .option("--rate <n>", "points a second, at most", Number, 2000)
    .action(async (name, { data, json, from, to, rate }) => {
      const body = { from, to, perSecond: rate };
      const begun = await ask<object>(data, path(name, "backfill"), { method: "POST", body });
      print(json, begun, () => ["begun: kenh destination list says how far it is"]);
    });

  sub("verify <name>", "compares it with the main store by day and series")
    .requiredOption("--from <time>", "a date or an instant with its zone", instant)
    .requiredOption("--to <time>", "inclusive", instant)
    .action(async (name, { data, json, from, to }) => {
      const body = { from, to };
      const found = await ask<Verification>(data, path(name, "verify"), { method: "POST", body });
      const { series, days, readings, differing, differences } = found;
      print(json, found, () => [
        `${series} series, ${days} days of them: ${readings.here} readings here, ${readings.there} there`,
        ...table(
          differences.map(({ device, quantity, day, here, there }) => [
            ...[day, device, quantity],
            `${here.count} here, ${there.count} there`,
          ]),
        ),
      ]);
      if (differing > 0) throw new Refusal(`${differing} of ${days} days differ`);
    });

  sub("cut-over <name>", "makes it the main store, and the main store a second one").action(
    async (name, { data, json }) => {
      const listing = await ask<Listing>(data, path(name, "cut-over"), { method: "POST" });
      print(json, listing, () => rows(listing));
    },
  );

  sub("retire <name>", "brings nothing there any more; what it has stays there").action(
    async (name, { data, json }) => {
      const listing = await ask<Listing>(data, path(name), { method: "DELETE" });
      print(json, listing, () => rows(listing));
    },
  );

  return command;
}
