import { createReadStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { type Clock, flags, type Text } from "@kenh/schemas";
import { Hono } from "hono";
import type { ApiEnv } from "../api/parts.ts";
import { ApiError, answerProblem, notFound, type ProblemKind } from "../api/problem.ts";
import { instantOf, localOf } from "../sharing/civil.ts";
import type { Contract } from "../sharing/contracts.ts";
import type { Store } from "../stores/store.ts";
import type { Refuse } from "./guard.ts";
import type { OpenDevice } from "./open.ts";
import { columns, type SnapshotFormat, snapshotFormats, writeSnapshot } from "./snapshot.ts";

/** Where the list of open datasets is. */
export const datasetsPath = "/open/v1/datasets";

const dayMs = 86_400_000;
/** A day is whole so long after its end: what field devices kept over a night's outage is in it. */
const settleMs = 6 * 3_600_000;

/** On what ground data that authorities share with each other is not for everybody. */
const sharedGround: Text = {
  vi: "Dữ liệu chia sẻ giữa các cơ quan nhà nước theo Nghị định 278/2025/NĐ-CP, không phải dữ liệu mở",
  en: "Data that authorities share under Decree 278/2025/NĐ-CP, not open data",
};

const columnWords: Readonly<Record<(typeof columns)[number], Text>> = {
  device: { vi: "Định danh thiết bị: tỉnh/xã/điểm/thiết bị", en: "province/unit/site/device" },
  time: { vi: "Thời điểm đo, giờ Việt Nam (ISO 8601)", en: "time of measurement (ISO 8601)" },
  quantity: { vi: "Đại lượng, xem danh mục dưới đây", en: "what was measured: see quantities" },
  value: { vi: "Giá trị, theo đơn vị của đại lượng", en: "value, in the quantity's unit" },
  quality: { vi: "Cờ chất lượng QARTOD", en: "quality flag of QARTOD" },
};

export interface DatasetParts {
  readonly contracts: () => Iterable<Contract>;
  readonly open: () => readonly OpenDevice[];
  readonly store: Pick<Store, "query">;
  /** Where snapshots are kept. */
  readonly folder: string;
  readonly now: Clock;
}

/**
 * The datasets that contracts open: their list, their dictionaries, and the readings of each day as CSV
 * or JSON. A refusal names its legal ground (Nghị định 194/2025/NĐ-CP).
 */
export function datasetRoutes(parts: DatasetParts): Hono<ApiEnv> {
  const { contracts, open, store, folder, now } = parts;
  /** Who asks for what is being made waits for it. */
  const making = new Map<string, Promise<void>>();

  /** @throws ApiError with the legal ground where a dataset is not open, and for one that there is not */
  function find(id: string): Contract {
    const contract = [...contracts()].find((one) => one.id === id);
    if (!contract) throw notFound("dataset", id);
    const { openness } = contract;
    if (openness.level === "open") return contract;
    const { vi, en } = openness.level === "closed" ? openness.ground : sharedGround;
    throw new ApiError("forbidden", `${id}: ${vi} (${en})`);
  }

  function view(contract: Contract) {
    const { id, label, owner, openness, kind, period, force } = contract;
    const until = Number.isFinite(force.end) ? localOf(force.end - 1).slice(0, 10) : undefined;
    return {
      ...{ id, title: label, agency: owner.label },
      ...(openness.level === "open" && { licence: openness.licence }),
      ...{ kind, period, from: localOf(force.start).slice(0, 10), until },
      dictionary: `${datasetsPath}/${id}/dictionary`,
      snapshots: snapshotFormats.map((format) => `${datasetsPath}/${id}/{yyyy-mm-dd}.${format}`),
    };
  }

  /** The quantities of a dataset, each once, and its devices. */
  function contentOf(id: string) {
    const devices = open().filter(({ quantities }) =>
      quantities.some(({ opening }) => opening.dataset === id),
    );
    const quantities = new Map(
      devices.flatMap((device) =>
        device.quantities.flatMap(({ opening, quantity }) =>
          opening.dataset === id ? [[quantity.name, quantity] as const] : [],
        ),
      ),
    );
    return { devices, quantities: [...quantities.values()] };
  }

  async function snapshot(contract: Contract, day: string, format: SnapshotFormat) {
    const start = startOf(day);
    const span = { start, end: start + dayMs };
    if (span.end > contract.force.end || start < contract.force.start)
      throw new ApiError("not-found", `${contract.id} is not open on ${day}`);
    const readyAt = span.end + settleMs;
    if (now() < readyAt)
      throw new ApiError("not-found", `${day} is whole at ${localOf(readyAt)}+07:00: not before`);
    const file = join(folder, contract.id, `${day}.${format}`);
    const { devices } = contentOf(contract.id);
    const made =
      making.get(file) ??
      writeSnapshot(file, format, { devices, dataset: contract.id, span }, store).finally(() =>
        making.delete(file),
      );
    making.set(file, made);
    await made;
    return file;
  }

  const app = new Hono<ApiEnv>();

  app.get("/", (c) => {
    const all = [...contracts()].filter(({ openness }) => openness.level === "open");
    return c.json({ datasets: all.map(view) });
  });

  app.get("/:id", (c) => c.json(view(find(c.req.param("id")))));

  app.get("/:id/dictionary", (c) => {
    const contract = find(c.req.param("id"));
    const { devices, quantities } = contentOf(contract.id);
    return c.json({
      ...view(contract),
      columns: columns.map((name) => ({ name, label: columnWords[name] })),
      quantities,
      flags,
      devices: devices.map(({ identity, label, site, position }) => ({
        ...{ identity, label, site: site.label, position },
      })),
    });
  });

  app.get("/:id/:file", async (c) => {
    const { id, file } = c.req.param();
    const contract = find(id);
    const [, day, format] = /^(\d{4}-\d\d-\d\d)\.(csv|json)$/.exec(file) ?? [];
    if (!day || !format) throw notFound("snapshot", file);
    const path = await snapshot(contract, day, format as SnapshotFormat);
    c.header("content-type", format === "csv" ? "text/csv; charset=utf-8" : "application/json");
    c.header("content-disposition", `attachment; filename="${id}-${file}"`);
    return c.body(Readable.toWeb(createReadStream(path)) as ReadableStream);
  });

  return app;
}

function startOf(day: string): number {
  try {
    const start = instantOf(day);
    if (localOf(start).startsWith(day)) return start;
  } catch {
    // It is told below, as a day that there is not.
  }
  throw notFound("day", day);
}

const kinds = { 405: "read-only", 429: "too-often", 503: "unavailable" } as const;

/** The public is refused in the form of the rest of the API (RFC 9457). */
export const datasetRefuse: Refuse = (c, status, why) =>
  answerProblem(c, kinds[status] satisfies ProblemKind, why);
