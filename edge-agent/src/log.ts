import type { Logger } from "pino";

/** What the agent says to its operator; a pino logger fits. */
export type Log = Pick<Logger, "info" | "warn" | "error">;
