import { type Language, locales } from "./language.ts";

/** UCUM symbols that people write otherwise. */
const symbols: Record<string, string> = {
  Cel: "°C",
  "ug/m3": "µg/m³",
  "m3/s": "m³/s",
  "W/m2": "W/m²",
  "uS/cm": "µS/cm",
  "kW.h": "kWh",
  "dB[mW]": "dBm",
  "[ppth]": "‰",
  "[ppm]": "ppm",
  "[ppb]": "ppb",
  "[pH]": "",
  "{NTU}": "NTU",
  "{AQI}": "",
  "{UVI}": "",
  "{count}": "",
  deg: "°",
  "1": "",
};

/** Digits after the comma: as many always in water and rain, as few as the sensor resolves elsewhere. */
const decimals: Record<string, { least: number; most: number }> = {
  m: { least: 2, most: 2 },
  mm: { least: 1, most: 1 },
  "[ppth]": { least: 1, most: 1 },
  "ug/m3": { least: 0, most: 1 },
  Cel: { least: 1, most: 1 },
  "%": { least: 0, most: 0 },
  W: { least: 0, most: 0 },
  s: { least: 0, most: 0 },
  "dB[mW]": { least: 0, most: 0 },
};
const otherwise = { least: 0, most: 2 };
/** A symbol of UCUM is shorter; what is longer is somebody's prose, and not turned around either. */
const mostOfSymbol = 12;
const turning = /[\u200e\u200f\u202a-\u202e\u2066-\u2069\s]+/g;
/** No sensor measures more; written out, the largest number has 309 digits. */
const largest = 1e12;

/** A number as people of the language write it, with the unit: "2,33 m". `unit` is a UCUM symbol or empty. */
export function numberText(value: number, unit: string, language: Language): string {
  const { least, most } = decimals[unit] ?? otherwise;
  const number =
    Math.abs(value) < largest
      ? new Intl.NumberFormat(locales[language], {
          minimumFractionDigits: least,
          maximumFractionDigits: most,
        }).format(value)
      : value.toExponential(2);
  const symbol = symbols[unit] ?? [...unit.replace(turning, " ")].slice(0, mostOfSymbol).join("");
  if (symbol === "") return number;
  return symbol === "%" || symbol === "°" || symbol === "°C"
    ? `${number}${symbol}`
    : `${number}\u00a0${symbol}`;
}

const romans = ["I", "II", "III"];

/** "BĐ III" when the rule is one of an official flood level (`water.bd3`), else undefined. */
export function floodLevel(rule: string): string | undefined {
  const level = /(?:^|[._-])bd([123])(?:$|[._-])/.exec(rule)?.[1];
  return level && `BĐ ${romans[Number(level) - 1]}`;
}

/** What an alarm says of its reading. */
export interface AlarmReading {
  readonly rule: string;
  readonly quantity: string;
  readonly value: number;
  readonly limit: number | null;
  readonly unit: string;
}

const limitWord: Record<Language, string> = { vi: "ngưỡng", en: "limit" };

/**
 * The reading of an alarm against its limit. Water levels say by how many centimetres, as bulletins do:
 * "2,33 m (vượt BĐ III 3 cm)"; other quantities "39,2°C (ngưỡng 38,0°C)".
 */
export function alarmReadingText(alarm: AlarmReading, language: Language): string {
  const { value, limit, unit } = alarm;
  const reading = numberText(value, unit, language);
  if (limit === null) return reading;
  if (alarm.quantity !== "water_level_m") {
    return `${reading} (${limitWord[language]} ${numberText(limit, unit, language)})`;
  }
  const cm = Math.round((value - limit) * 100);
  const level = floodLevel(alarm.rule) ?? limitWord[language];
  if (cm === 0)
    return language === "vi" ? `${reading} (bằng ${level})` : `${reading} (at ${level})`;
  const distance = Math.abs(cm);
  if (language === "vi") return `${reading} (${cm > 0 ? "vượt" : "dưới"} ${level} ${distance} cm)`;
  return `${reading} (${distance} cm ${cm > 0 ? "above" : "below"} ${level})`;
}
