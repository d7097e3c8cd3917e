/** An error as RFC 9457 (Problem Details for HTTP APIs) has it, media type `application/problem+json`. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** Names the thing, the value and the way out. */
  readonly detail?: string;
  readonly instance?: string;
}
export const problemMediaType = "application/problem+json";
