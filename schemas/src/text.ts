import * as z from "zod";

/** A text for people: Vietnamese first, English beside it. */
export const textSchema = z.strictObject({ vi: z.string().min(1), en: z.string().min(1) });
export type Text = z.infer<typeof textSchema>;
