import { useEffect, useState } from "react";
import type { Api } from "../api.ts";
import { type Failure, failureOf, post } from "./ask.ts";
import { saidIn } from "./drafting.ts";
import type { ProfileCheck } from "./shapes.ts";

/** A pause in typing; a check then takes the station some milliseconds. */
const pauseMs = 350;

interface Checked {
  /** Null while the text has changed and the answer is not there yet. */
  readonly check: ProfileCheck | null;
  /** What the sample says, as the driver's samples have it. */
  readonly says: unknown;
  readonly failure: Failure | null;
}

/** What the station finds wrong with a profile, and what it makes of a sample, after each pause in typing. */
export function useCheck(api: Api, yaml: string, sample: string, isOn: boolean): Checked {
  const [checked, setChecked] = useState<Checked>(nothing);
  useEffect(() => {
    setChecked((before) => ({ ...before, failure: null, check: null }));
    if (!isOn || yaml.trim() === "") return;
    const controller = new AbortController();
    const check = async () => {
      try {
        const driver = /^\s+driver:\s*["']?(\w+)/m.exec(yaml)?.[1] ?? null;
        let says: unknown;
        let unreadable: string | null = null;
        try {
          says = await saidIn(sample, driver as Parameters<typeof saidIn>[1]);
        } catch (error) {
          unreadable = error instanceof Error ? error.message : String(error);
        }
        const body = { yaml, ...(says !== undefined && { says }) };
        const answer = await post<ProfileCheck>(
          api,
          "/api/v1/profiles/check",
          body,
          controller.signal,
        );
        if (!controller.signal.aborted) {
          setChecked({
            check: unreadable === null ? answer : { ...answer, unreadable },
            says,
            failure: null,
          });
        }
      } catch (error) {
        if (!controller.signal.aborted) setChecked({ ...nothing, failure: failureOf(error) });
      }
    };
    const timer = setTimeout(check, pauseMs);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [api, yaml, sample, isOn]);
  return checked;
}
const nothing: Checked = { check: null, says: undefined, failure: null };
