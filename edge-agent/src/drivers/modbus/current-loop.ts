import { type Converted, flags } from "@kenh/schemas";
import * as z from "zod";

/** What a current of 4 to 20 mA stands for. */
export const currentLoopSchema = z
  .strictObject({
    fromMa: z.number().default(4),
    toMa: z.number().default(20),
    from: z.number().describe("the quantity at fromMa"),
    to: z.number().describe("the quantity at toMa"),
  })
  .refine((loop) => loop.fromMa < loop.toMa, { error: "fromMa must be below toMa" });
export type CurrentLoop = z.output<typeof currentLoopSchema>;

/** NAMUR NE 43: below and above, in mA, the transmitter says that it is broken. */
const faultBelowMa = 3.6;
const faultAboveMa = 21;
/** NE 43: between these the current measures; outside it has run into its stop. */
const measuresFromMa = 3.8;
const measuresToMa = 20.5;

/** What a current says, and in words when it says that the sensor is broken. */
export type LoopReading = Converted & { readonly fault?: string };

/**
 * Turns mA into the quantity. A current of the fault range is no value (9); a saturated one is kept
 * and suspect (3); flag 4 of the raw number stays.
 */
export function loopReading({ value: ma, flag }: Converted, loop: CurrentLoop): LoopReading {
  if (ma === null) return { value: null, flag };
  if (ma < faultBelowMa || ma > faultAboveMa) {
    const side = ma < faultBelowMa ? `below ${faultBelowMa}` : `above ${faultAboveMa}`;
    return {
      value: null,
      flag: flags.missing,
      fault: `${Number(ma.toPrecision(4))} mA is ${side} mA, the sign of a broken sensor or wire (NAMUR NE 43); check the loop`,
    };
  }
  const share = (ma - loop.fromMa) / (loop.toMa - loop.fromMa);
  const value = Number((loop.from + share * (loop.to - loop.from)).toPrecision(12));
  const saturated = ma < measuresFromMa || ma > measuresToMa;
  return { value, flag: saturated && flag !== flags.fail ? flags.suspect : flag };
}
