import { expect, test } from "vitest";
import { watchPower } from "./power.ts";

const ups = "82/29869/ubnd/ups-01";
const other = "82/29869/ubnd/ups-02";

test("the mains is lost when a UPS says so, and back when all say so", () => {
  const power = watchPower();
  expect(power.mains).toBeNull();
  const says: [string, Record<string, boolean | string>, string | null][] = [
    [other, { ups_status: "OB" }, null],
    [ups, { mains_present: true, on_battery: true }, "present"],
    [other, { on_battery: true }, "lost"],
    [ups, { mains_present: true }, "lost"],
    [other, { on_battery: false }, "present"],
  ];
  for (const [device, values, mains] of says) {
    power.note(device, { ts: 0, values });
    expect(power.mains).toBe(mains);
  }
});

test("a doubtful word changes nothing", () => {
  const power = watchPower();
  power.note(ups, { ts: 0, values: { mains_present: true } });
  power.note(ups, { ts: 1, values: { mains_present: false }, qc: { mains_present: 3 } });
  power.note(ups, { ts: 2, values: {}, qc: { mains_present: 9 } });
  expect(power.mains).toBe("present");
});

test("only the UPS that feeds the agent counts where it is named", () => {
  const power = watchPower(ups);
  power.note(other, { ts: 0, values: { mains_present: false } });
  expect(power.mains).toBeNull();
  power.note(ups, { ts: 0, values: { mains_present: false } });
  expect(power.mains).toBe("lost");
});
