import { type Context, Hono } from "hono";
import * as z from "zod";
import type { Contract } from "../sharing/contracts.ts";
import { attemptOf, logged } from "./attempt.ts";
import { requireRole, visibleTo } from "./authorize.ts";
import type { ApiEnv, ApiParts } from "./parts.ts";
import { ApiError, notFound } from "./problem.ts";
import { countSchema, instantSchema, readBody, readQuery } from "./read.ts";

const monthSchema = z
  .string()
  .regex(/^\d{4}-(0[1-9]|1[0-2])$/, { error: "must be a month such as 2026-10" });
const formats = ["json", "csv", "html", "pdf"] as const;
const axes = ["correct", "complete", "clean", "live"] as const;

const reportQuery = z.strictObject({
  month: monthSchema.optional(),
  edition: countSchema.optional(),
  format: z.enum(formats, { error: `must be one of ${formats.join(", ")}` }).optional(),
});
const editionsQuery = z.strictObject({ month: monthSchema.optional() });
const correctBody = z.strictObject({ month: monthSchema, note: z.string().trim().min(1).max(500) });
const most = 1000;
const limitSchema = countSchema
  .refine((limit) => limit > 0 && limit <= most, { error: `must be 1 to ${most}` })
  .optional();
const spoilerQuery = z.strictObject({
  month: monthSchema.optional(),
  axis: z.enum(axes, { error: `must be one of ${axes.join(", ")}` }),
  limit: limitSchema,
});
const recordQuery = z.strictObject({
  from: instantSchema.optional(),
  to: instantSchema.optional(),
  limit: limitSchema,
  after: z.string().max(1000).optional(),
});

/** Records of one call: some hundredths of a second of the station's time. */
const maxRecords = 5000;

/** `/api/v1/datasets` and `/api/v1/reports/sharing`: who shares what, who is late, and what is handed over. */
export function sharingRoutes({
  sharing,
  audit,
}: Pick<ApiParts, "sharing" | "audit">): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();

  /** @throws ApiError alike for a dataset that isn't there and one that the token may not know of */
  function find(c: Context<ApiEnv>): Contract {
    const id = c.req.param("id") ?? "";
    const contract = sharing.find(id, visibleTo(c.var.grant));
    if (!contract) throw notFound("dataset", id);
    return contract;
  }
  function handedOver(c: Context<ApiEnv>): Contract {
    const contract = find(c);
    if (contract.records) return contract;
    throw new ApiError(
      "wrong-state",
      `${contract.id} is a stream of devices: nothing is handed over`,
    );
  }
  function monthOf(given: string | undefined): string {
    const month = given ?? sharing.usualMonth();
    if (!sharing.knows(month)) throw notFound("report of the month", month);
    return month;
  }

  app.get("/datasets", (c) => c.json({ datasets: sharing.list(visibleTo(c.var.grant)) }));

  app.get("/datasets/:id", (c) => c.json(sharing.one(find(c))));

  app.get("/datasets/:id/spoilers", (c) => {
    const contract = find(c);
    const { month, axis, limit = most } = readQuery(c, spoilerQuery);
    const visible = visibleTo(c.var.grant);
    return c.json(sharing.spoilers(contract, monthOf(month), axis, { limit, visible }));
  });

  app.get("/datasets/:id/records", (c) => {
    const contract = handedOver(c);
    const {
      from = contract.force.start,
      to = Number.MAX_SAFE_INTEGER,
      ...rest
    } = readQuery(c, recordQuery);
    const { limit = most, after } = rest;
    return c.json(sharing.records(contract, { start: from, end: to, limit, after }));
  });

  app.post("/datasets/:id/records", async (c) => {
    const contract = handedOver(c);
    requireRole(c, "operator");
    const given = rowsOf(contract, c.req.header("content-type") ?? "", await c.req.text());
    if (given.length > maxRecords) {
      throw new ApiError(
        "too-large",
        `${given.length} records; a call may hand over ${maxRecords}`,
      );
    }
    const attempt = { ...attemptOf(c, "dataset.records"), device: contract.identity };
    return c.json(
      await logged(audit, attempt, (known) => {
        const receipt = sharing.deliver(contract, given);
        const { received, stored, duplicate, quarantined } = receipt;
        known.comment = JSON.stringify({ received, stored, duplicate, quarantined });
        return receipt;
      }),
    );
  });

  function rowsOf(contract: Contract, type: string, text: string): unknown[] {
    try {
      if (/^(text\/csv|application\/csv)\b/i.test(type)) return sharing.table(contract, text);
      const body: unknown = JSON.parse(text);
      const { records = body } = (body ?? {}) as { records?: unknown };
      return Array.isArray(records) ? records : [records];
    } catch (error) {
      const form = /csv/i.test(type) ? "CSV" : "JSON (of CSV the content type is text/csv)";
      throw new ApiError("bad-request", `the body is no ${form}: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }

  app.post("/datasets/:id/confirmations", async (c) => {
    const contract = find(c);
    requireRole(c, "operator");
    if (!contract.records || contract.period === undefined) {
      throw new ApiError(
        "wrong-state",
        `${contract.id} is not handed over by periods: its readings say themselves that it is current`,
      );
    }
    const attempt = { ...attemptOf(c, "dataset.confirm"), device: contract.identity };
    await logged(audit, attempt, () => sharing.confirm(contract));
    return c.json(sharing.one(contract));
  });

  app.get("/reports/sharing", async (c) => {
    const { month: given, edition, format = "json" } = readQuery(c, reportQuery);
    const month = monthOf(given);
    const report = sharing.report(month, edition, visibleTo(c.var.grant));
    if (!report) throw notFound("edition of the report", `${month} ${edition}`);
    const { type, body } = await sharing.print(report, format);
    c.header("content-type", type);
    if (format !== "json") {
      const name = `chia-se-du-lieu-${month}${report.edition > 1 ? `-${report.edition}` : ""}.${format}`;
      const how = format === "html" ? "inline" : "attachment";
      c.header("content-disposition", `${how}; filename="${name}"`);
    }
    if (format === "html") {
      c.header("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'");
    }
    return c.body(new Uint8Array(body));
  });

  app.get("/reports/sharing/editions", (c) => {
    const month = monthOf(readQuery(c, editionsQuery).month);
    return c.json({ month, editions: sharing.editions(month) });
  });

  app.post("/reports/sharing/editions", async (c) => {
    requireRole(c, "admin");
    if (!sharing.seesAll(visibleTo(c.var.grant))) {
      throw new ApiError(
        "forbidden",
        "the report is of all agencies: a token that sees them all corrects it",
      );
    }
    const { month: given, note } = await readBody(c, correctBody);
    const month = monthOf(given);
    const attempt = { ...attemptOf(c, "report.correct"), comment: `${month}: ${note}` };
    return c.json(
      await logged(audit, attempt, () => {
        const report = sharing.correct(month, note);
        if (report) return { month, edition: report.edition };
        throw new ApiError(
          "wrong-state",
          `${month} is not closed: its report is made anew each time`,
        );
      }),
    );
  });

  return app;
}
