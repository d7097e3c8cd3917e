import { expect, test } from "vitest";
import { absent } from "../support/counterpart.ts";
import { noSharedData } from "../support/shared-data.ts";
import { passTable, playSequences, recordedSequences } from "./packets.ts";

/** Where this broker differs from an open one on purpose, and what it answers instead. */
const byDesign: Record<string, string> = {
  // Nobody has the account p with the password p.
  "10 Username flag 1 Password flag 1 ok": "20020004",
  "10 Password with 0x0000": "20020004",
  // The topic p is nobody's own.
  "10 Will flag 1 ok": "20020005",
  "82 single ok QoS 0 [MQTT-3.8.4-1]": "900304d280",
  "82 single ok QoS 1 [MQTT-3.8.4-1]": "900304d280",
  "82 single ok QoS 2 [MQTT-3.8.4-1]": "900304d280",
  "82 multiple ok [MQTT-3.8.4-4]": "900404d28080",
  "A2 (with subscribe) [MQTT-3.10.4-5]": "900304d280",
  // $SYS tells what exists, and aedes would grant $share and never match it.
  "82 $SYS ok": "900304d280",
  "82 $share ok": "900304d280",
};

const reason = noSharedData() ?? absent("openssl");

test.skipIf(reason)(
  `the broker survives every recorded sequence and serves another client after each ${reason ?? ""}`,
  async () => {
    const sequences = recordedSequences();
    const outcomes = await playSequences(sequences);
    console.table(passTable(outcomes));
    expect(outcomes.length).toBe(sequences.length);

    const required = outcomes.filter(
      ({ sequence: { ver, mosquitto_2_0_11 } }) => ver === 4 && mosquitto_2_0_11 === "pass",
    );
    const different = required.filter(({ result }) => result !== "pass");
    const answers = different.map(({ sequence, heard }) => [sequence.name, heard]);
    expect(Object.fromEntries(answers)).toEqual(byDesign);
    expect(required.length - different.length).toBeGreaterThan(150);

    // MQTT 5 is translated: it survives all of them; how many answers agree to the letter is in the table.
    const ofFive = outcomes.filter(({ sequence }) => sequence.ver === 5);
    expect(ofFive.filter(({ result }) => result === "pass").length).toBeGreaterThan(50);
  },
);
