/** One event of a text/event-stream, or a comment (a heartbeat), which has no data. */
export interface StreamEvent {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/**
 * Parses a text/event-stream as the HTML standard has it (section 9.2.6), chunk by chunk. `push` gives
 * the events that a chunk completes; an event that the end cuts off is dropped, as the standard says.
 */
export function createEventParser(): { push(chunk: string): StreamEvent[] } {
  let rest = "";
  let id = "";
  let event = "";
  let data: string[] = [];
  return {
    push(chunk) {
      const events: StreamEvent[] = [];
      // A CR at the end may be half of a CRLF: it waits for the next chunk.
      const lines = (rest + chunk).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line === "") {
          if (data.length > 0)
            events.push({ id, event: event || "message", data: data.join("\n") });
          event = "";
          data = [];
          continue;
        }
        const colon = line.indexOf(":");
        const field = colon < 0 ? line : line.slice(0, colon);
        const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
        if (field === "data") data.push(value);
        else if (field === "event") event = value;
        else if (field === "id" && !value.includes("\0")) id = value;
      }
      return events;
    },
  };
}
