import type { Alarm } from "@kenh/schemas";

/** What the station says of a unit's alarms: whether more came at once than a person can take in. */
export interface Flood {
  /** `province/unit`. */
  readonly unit: string;
  readonly active: boolean;
  /** Milliseconds UTC; null while there is none. */
  readonly since: number | null;
  /** Alarms that count towards it. */
  readonly count: number;
}

/** The answer of `GET /api/v1/alarms`. */
export interface AlarmsAnswer {
  readonly alarms: readonly Alarm[];
  readonly revision: number;
  readonly floods?: readonly Flood[];
  /** How far the station's clock is ahead of this computer's, in milliseconds; from the answer's date. */
  readonly skewMs: number;
}

/** The station's alarms behind whichever door: the app's proxy in Grafana and in the console. */
export interface AlarmSource {
  /**
   * The alarms that changed after a revision; 0 asks for all.
   * @throws AnswerError for an answer other than 2xx
   */
  list(since: number, signal: AbortSignal): Promise<AlarmsAnswer>;
  /**
   * The bytes of `GET /api/v1/alarms/stream`, until it ends.
   * @throws AnswerError for an answer other than 2xx
   */
  stream(since: number, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** The station answered, but not with what was asked for. */
export class AnswerError extends Error {
  override readonly name = "AnswerError";
  readonly status: number;

  constructor(status: number) {
    super(`the station answered ${status}`);
    this.status = status;
  }
}
