import { useEffect, useState } from "react";
import type { Api } from "../api.ts";
import { type Failure, failureOf, post } from "./ask.ts";
import type { NewDevice, Preview } from "./shapes.ts";

/** A pause in typing. */
const pauseMs = 400;

interface Previewed {
  readonly answer: Preview | null;
  readonly failure: Failure | null;
}

/** What registering a device would come to, after each pause in typing; null asks nothing. */
export function usePreview(api: Api, device: NewDevice | null, payload: string): Previewed {
  const [previewed, setPreviewed] = useState<Previewed>(nothing);
  const asked = device && JSON.stringify({ device, ...sent(payload) });
  useEffect(() => {
    if (asked === null) return setPreviewed(nothing);
    const controller = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const answer = await post<Preview>(
          api,
          "/api/v1/devices/preview",
          JSON.parse(asked),
          controller.signal,
        );
        setPreviewed({ answer, failure: null });
      } catch (error) {
        if (!controller.signal.aborted) setPreviewed({ answer: null, failure: failureOf(error) });
      }
    }, pauseMs);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [api, asked]);
  return previewed;
}
const nothing: Previewed = { answer: null, failure: null };

/** The payload as JSON where it is any, else as the text that it is. */
function sent(payload: string): { payload?: unknown } {
  if (payload.trim() === "") return {};
  try {
    return { payload: JSON.parse(payload) as unknown };
  } catch {
    return { payload };
  }
}
