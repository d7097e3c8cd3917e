import type { DriverSample } from "./driver.ts";

/**
 * A step between a driver and the outbox. It may keep state from sample to sample, and gives what
 * takes the place of the sample: one, several or none.
 */
export type Transform = (sample: DriverSample) => readonly DriverSample[];
