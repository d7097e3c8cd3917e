import { expect, test } from "vitest";
import { type Asking, deviceOf } from "./add-form.tsx";

const asking = (change: Partial<Asking>): Asking => ({
  ...{ identity: "82/29869/cho/muc-nuoc-01", profile: "generic-water", vi: "", en: "" },
  ...{ intervalS: "", criticality: "", latitude: "", longitude: "", payload: "" },
  withPassword: true,
  ...change,
});

test("what was left out is not sent; a name in one language is the name in both", () => {
  expect(deviceOf(asking({}))).toEqual({
    identity: "82/29869/cho/muc-nuoc-01",
    profile: "generic-water",
  });
  expect(
    deviceOf(
      asking({
        vi: " Chợ ",
        intervalS: "0.5",
        criticality: "2",
        latitude: "0",
        longitude: "105.6",
      }),
    ),
  ).toEqual({
    identity: "82/29869/cho/muc-nuoc-01",
    profile: "generic-water",
    label: { vi: "Chợ", en: "Chợ" },
    intervalMs: 500,
    criticality: 2,
    position: { latitude: 0, longitude: 105.6 },
  });
});

test.each([
  { identity: "" },
  { identity: "82/29869/cho" },
  { identity: "82/29869/Chợ/a" },
  { identity: "82/29869/cho/a/b" },
  { profile: "" },
])("nothing is asked for %o", (change) => {
  expect(deviceOf(asking(change))).toBeNull();
});
