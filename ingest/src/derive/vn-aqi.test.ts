import { describe, expect, test } from "vitest";
import { type Column, type Pollutant, roundHalfUp, subIndex } from "./breakpoints.ts";
import { nowcast } from "./nowcast.ts";
import { dailyVnAqi, eightHourMeans, type Hours, hourlyVnAqi } from "./vn-aqi.ts";

const of =
  (hours: Partial<Record<Pollutant, Hours>>) =>
  (pollutant: Pollutant): Hours =>
    hours[pollutant] ?? [];
const all = (value: number) => Array.from({ length: 24 }, () => value);

/** The sample of the Decision, 09:00 to 20:00. */
const dust = [26.9, 24.7, 20.5, 23.5, 19.5, 16.5, 19.0, 16.5, 20.3, 22.4, 19.6, 20.6];
/** Its ozone, 18:00 to 00:00 of the next day. */
const ozone = [
  15.7, 14.2, 17.7, 18.9, 19.3, 15.7, 19.7, 22.6, 27.1, 29.0, 31.9, 25.3, 34.7, 35.2, 41.6, 45.7,
  49.2, 55.8, 69.6, 78.3, 91.5, 97.7, 81.2, 71.8, 43.5, 34.3, 21.5, 20.5, 19.4, 20.4, 21.3,
];

describe("the sample of QĐ 1459/QĐ-TCMT", () => {
  test("NowCast of PM2.5", () => {
    expect(Math.min(...dust) / Math.max(...dust)).toBeCloseTo(0.61, 2);
    expect(nowcast(dust.toReversed())).toBeCloseTo(20.266, 3);
  });

  test("AQI^h; the Decision prints 60 for NO2 where its own formula gives 59.35", () => {
    const hour = hourlyVnAqi(of({ o3: [136.1], no2: [118.7], pm25: dust.toReversed() }));
    expect(Object.fromEntries(hour?.parts ?? [])).toEqual({ o3: 43, no2: 59, pm25: 41 });
    expect(hour).toMatchObject({ index: 59, leading: "no2" });
    expect(subIndex("no2", 118.7)).toBeCloseTo(59.35, 2);
  });

  test("AQI^d", () => {
    // Ozone by the hour below its eight-hour mean of 89.3: what the sample gives as two figures.
    const eight = Array.from({ length: 8 }, (_, at) => (at === 0 ? 114.6 : (89.3 * 8 - 114.6) / 7));
    const gas = (value: number) => [value, ...all(1).slice(1)];
    const day = dailyVnAqi(of({ o3: eight, no2: gas(130.8), pm25: all(55.7) }));
    expect(roundHalfUp(subIndex("o38h", 89.3) as number)).toBe(45);
    expect(roundHalfUp(subIndex("o3", 114.6) as number)).toBe(36);
    expect(Object.fromEntries(day?.parts ?? [])).toEqual({ o3: 45, no2: 65, pm25: 110 });
    expect(day).toMatchObject({ index: 110, leading: "pm25" });
  });

  test("eight-hour means of ozone; 12:00 is printed 44.7 where the data give 44.64", () => {
    const means = eightHourMeans(ozone, 24).map((mean) => Number(mean?.toFixed(2)));
    expect(means).toHaveLength(24);
    expect(means[0]?.toFixed(1)).toBe("18.0");
    expect(means[11]).toBe(44.64);
    expect(means.at(-1)?.toFixed(1)).toBe("31.6");
    const highest = Math.max(...means);
    expect(highest.toFixed(1)).toBe("74.4");
    expect(means.indexOf(highest)).toBe(16);
  });
});

describe("sub-indices", () => {
  const rows: readonly [Column, readonly (readonly [number, number])[]][] = [
    [
      "o3",
      [
        [160, 50],
        [200, 100],
        [300, 150],
        [400, 200],
        [800, 300],
        [1000, 400],
        [1200, 500],
      ],
    ],
    [
      "o38h",
      [
        [100, 50],
        [120, 100],
        [170, 150],
        [210, 200],
        [400, 300],
      ],
    ],
    [
      "co",
      [
        [10000, 50],
        [30000, 100],
        [45000, 150],
        [60000, 200],
        [90000, 300],
        [120000, 400],
        [150000, 500],
      ],
    ],
    [
      "so2",
      [
        [125, 50],
        [350, 100],
        [550, 150],
        [800, 200],
        [1600, 300],
        [2100, 400],
        [2630, 500],
      ],
    ],
    [
      "no2",
      [
        [100, 50],
        [200, 100],
        [700, 150],
        [1200, 200],
        [2350, 300],
        [3100, 400],
        [3850, 500],
      ],
    ],
    [
      "pm10",
      [
        [50, 50],
        [150, 100],
        [250, 150],
        [350, 200],
        [420, 300],
        [500, 400],
        [600, 500],
      ],
    ],
    [
      "pm25",
      [
        [25, 50],
        [50, 100],
        [80, 150],
        [150, 200],
        [250, 300],
        [350, 400],
        [500, 500],
      ],
    ],
  ];
  test.each(rows)("%s passes through every point of the table", (column, points) => {
    expect(subIndex(column, 0)).toBe(0);
    let before = 0;
    for (const [concentration, index] of points) {
      expect(subIndex(column, concentration)).toBeCloseTo(index, 9);
      const between = subIndex(column, (before + concentration) / 2) as number;
      expect(between).toBeLessThan(index);
      before = concentration;
    }
  });

  test("stay at 500 from the last row on, and ozone of eight hours ends at 400", () => {
    expect(subIndex("pm25", 900)).toBe(500);
    expect(subIndex("o38h", 400.1)).toBeUndefined();
  });

  test("round halves upwards", () => {
    expect([0.5, 109.5, 109.49, 58.9999].map(roundHalfUp)).toEqual([1, 110, 109, 59]);
    // 50/30 × 5.7 is a half that binary arithmetic misses by a hair in one order of its steps.
    expect(roundHalfUp(109.49999999999999)).toBe(110);
  });
});

describe("NowCast", () => {
  const none = undefined;
  test("takes two of the last three hours", () => {
    expect(nowcast([none, none, 10, 10, 10])).toBeUndefined();
    expect(nowcast([10, none, none, 10])).toBeUndefined();
    expect(nowcast([none, 10, 10])).toBe(10);
    expect(nowcast([10, none, 10])).toBe(10);
    expect(nowcast([])).toBeUndefined();
  });

  test("weighs by one half at least, and by what is there", () => {
    // w* = 10/100, so w = 1/2: (100 + 10/4) / (1 + 1/4).
    expect(nowcast([100, none, 10])).toBeCloseTo(102.5 / 1.25, 12);
    const twelve = [8, 4, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1];
    const printed = twelve.reduce((sum, c, at) => sum + c / 2 ** (at + 1), 0);
    expect(nowcast(twelve)).toBeCloseTo(printed / (1 - 2 ** -12), 12);
  });

  test("is 0 in air without any dust, and passes over hours beyond the twelfth", () => {
    expect(nowcast([0, 0, 0])).toBe(0);
    expect(nowcast([...all(10).slice(0, 12), 900])).toBeCloseTo(10, 12);
  });
});

describe("no index is given", () => {
  test("without dust, whatever the gases", () => {
    expect(hourlyVnAqi(of({ o3: [136.1], no2: [118.7] }))).toBeUndefined();
    expect(dailyVnAqi(of({ o3: all(100), so2: all(5) }))).toBeUndefined();
    expect(hourlyVnAqi(of({}))).toBeUndefined();
  });

  test("for a day with fewer than 18 hours of dust, nor by ozone of fewer than 6 hours", () => {
    const hours = (count: number) => all(30).map((value, at) => (at < count ? value : undefined));
    expect(dailyVnAqi(of({ pm25: hours(17) }))).toBeUndefined();
    expect(dailyVnAqi(of({ pm25: hours(18) }))?.index).toBe(60);
    const parts = (ozoneHours: number) =>
      dailyVnAqi(of({ pm25: all(1), o3: all(90).slice(0, ozoneHours) }))?.parts.get("o3");
    expect(parts(5)).toBe(28);
    expect(parts(6)).toBe(45);
  });

  test("ozone of eight hours above 400 counts by its hour alone", () => {
    expect(dailyVnAqi(of({ pm25: all(1), o3: all(500) }))?.parts.get("o3")).toBe(225);
  });

  test("an eight-hour mean reaches back into the day before", () => {
    const day = dailyVnAqi(of({ pm25: all(1), o3: [90, 90] }), all(90).slice(0, 7));
    expect(day?.parts.get("o3")).toBe(45);
  });
});
