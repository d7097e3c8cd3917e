/** A line that is not what the sensor should have sent: it is asked for again. */
export class Damaged extends Error {
  constructor(reason: string, line: string) {
    super(`${reason} (${JSON.stringify(line.slice(0, 40))})`);
    this.name = "Damaged";
  }
}

/** What a sensor says to aM!: how long it measures, and how many values there will be. */
export interface Announcement {
  readonly seconds: number;
  readonly values: number;
}

/** Reads `atttn`, the answer to aM! and aMC! (SDI-12 1.4, 4.4.6). @throws Damaged */
export function announcementOf(line: string, address: string): Announcement {
  const [, seconds, values] = own(line, address).match(/^(\d{3})(\d)$/) ?? [];
  if (seconds === undefined || values === undefined)
    throw new Damaged("no announcement of a measurement", line);
  return { seconds: Number(seconds), values: Number(values) };
}

/** A value: a sign and digits, perhaps with a point (SDI-12 1.4, 4.4.7). */
const value = /[+-](?:\d+\.?\d*|\.\d+)/y;
const mostDigits = 7;

/**
 * Reads `a<values>` or `a<values><CRC>`, the answer to aD0! to aD9!. None is an answer too: the
 * sensor has no more.
 * @throws Damaged
 */
export function valuesOf(line: string, address: string, crc: boolean): number[] {
  if (crc && line.slice(-3) !== crcOf(line.slice(0, -3)))
    throw new Damaged("the checksum is wrong", line);
  const text = own(crc ? line.slice(0, -3) : line, address);
  const values: number[] = [];
  for (value.lastIndex = 0; value.lastIndex < text.length; ) {
    const [found] = value.exec(text) ?? [];
    if (found === undefined || found.replace(/\D/g, "").length > mostDigits)
      throw new Damaged("no values", line);
    values.push(Number(found));
  }
  return values;
}

/** The identification, the answer to aI!: standard, maker, model, version, serial number. @throws Damaged */
export function identificationOf(line: string, address: string): string {
  const [, standard, maker, model, version, rest] =
    own(line, address).match(/^(\d\d)(.{8})(.{6})(.{3})(.{0,13})$/) ?? [];
  if (standard === undefined) throw new Damaged("no identification", line);
  const words = [maker, model, version, rest].map((part) => part?.trim()).filter(Boolean);
  return `${words.join(" ")} (SDI-12 ${standard[0]}.${standard[1]})`;
}

/** The line without the address that it must begin with. */
function own(line: string, address: string): string {
  if (!line.startsWith(address)) throw new Damaged(`no answer of the sensor ${address}`, line);
  return line.slice(1);
}

/** The three characters that make a line sure: CRC-16 of polynomial A001 from 0 (SDI-12 1.4, 4.4.12). */
export function crcOf(text: string): string {
  let crc = 0;
  for (const byte of Buffer.from(text, "latin1")) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return String.fromCharCode(0x40 | (crc >> 12), 0x40 | ((crc >> 6) & 0x3f), 0x40 | (crc & 0x3f));
}
