import * as z from "zod";

const span = {
  afterMs: z.int().nonnegative().describe("after the start of the driver"),
  durationMs: z.int().positive(),
};

/** What befalls the simulated device, and when. */
const incidentSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("flood-tide"),
    ...span,
    peakM: z.number().default(2.45),
    riseMs: z.int().positive().default(20_000),
  }),
  z.strictObject({ kind: z.literal("sensor-stuck"), ...span }),
  z.strictObject({
    kind: z.literal("downpour"),
    ...span,
    rateMmH: z.number().positive().default(70),
  }),
  z.strictObject({
    kind: z.literal("smoke"),
    ...span,
    pm25Ugm3: z.number().positive().default(180),
  }),
  z.strictObject({
    kind: z.literal("power-cut"),
    ...span,
    generatorStarts: z.boolean().default(true),
  }),
  z.strictObject({ kind: z.literal("camera-down"), ...span }),
  z.strictObject({ kind: z.literal("camera-covered"), ...span }),
]);
export type Incident = z.output<typeof incidentSchema>;
export type IncidentKind = Incident["kind"];

/** The incidents that each model knows. */
export const modelIncidents = {
  "tide-gauge": ["flood-tide", "sensor-stuck"],
  weather: ["downpour", "smoke"],
  ups: ["power-cut"],
  camera: ["camera-down", "camera-covered"],
} as const satisfies Record<string, readonly IncidentKind[]>;
export type Model = keyof typeof modelIncidents;
const models = Object.keys(modelIncidents) as [Model, ...Model[]];

export const configSchema = z
  .strictObject({
    model: z.enum(models),
    seed: z.int().default(1),
    intervalMs: z.int().min(100).default(1000),
    incidents: z.array(incidentSchema).optional().describe("the model's demonstration when absent"),
  })
  .superRefine((config, context) => {
    const known: readonly IncidentKind[] = modelIncidents[config.model];
    for (const [index, { kind }] of (config.incidents ?? []).entries()) {
      if (known.includes(kind)) continue;
      context.addIssue({
        code: "custom",
        path: ["incidents", index, "kind"],
        message: `does not happen to a ${config.model}; use one of ${known.join(", ")}`,
      });
    }
  });
export type Config = z.output<typeof configSchema>;

/** What happens when the configuration names no incidents: something to see within the first minute. */
export const demonstration: Readonly<Record<Model, readonly Incident[]>> = {
  "tide-gauge": [
    { kind: "flood-tide", afterMs: 5000, durationMs: 20 * 60_000, peakM: 2.45, riseMs: 20_000 },
  ],
  weather: [{ kind: "downpour", afterMs: 60_000, durationMs: 10 * 60_000, rateMmH: 70 }],
  ups: [{ kind: "power-cut", afterMs: 120_000, durationMs: 5 * 60_000, generatorStarts: true }],
  camera: [{ kind: "camera-down", afterMs: 180_000, durationMs: 2 * 60_000 }],
};
