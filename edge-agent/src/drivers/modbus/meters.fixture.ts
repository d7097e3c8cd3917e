import {
  isSetting,
  type Meter,
  quantityOf,
  readMeters,
} from "../../../../test/support/meter-registers.ts";
import type { Image } from "../../../../test/support/pymodbus.ts";
import type { NumberType, WordOrder } from "./number.ts";

const signed = /Power|Cosphi|PhaseAngle/;

/** The tables name their conversions per model; which register takes which follows from its width. */
function typeOf(meter: Meter, name: string, address: number, all: readonly number[]): NumberType {
  const width = Math.min(...all.filter((other) => other > address).map((other) => other - address));
  if (meter.transforms.includes("RTUIeee754ToFloat64")) return "f32";
  if (width === 1 || (meter.id === "ORNO1P504" && width < 2))
    return signed.test(name) ? "i16" : "u16";
  if (meter.transforms.includes("RTUUint64ToFloat64") && /Import|Export/.test(name)) return "u64";
  return signed.test(name) ? "i32" : "u32";
}

function encode(type: NumberType, order: WordOrder, value: number): number[] {
  const bytes = Buffer.alloc({ u16: 2, i16: 2, u64: 8, i64: 8, f64: 8 }[type as string] ?? 4);
  if (type === "f32") bytes.writeFloatBE(value);
  else if (type === "u64") bytes.writeBigUInt64BE(BigInt(value));
  else if (type.startsWith("u")) bytes.writeUIntBE(value, 0, bytes.length);
  else bytes.writeIntBE(value, 0, bytes.length);
  const words = Array.from({ length: bytes.length / 2 }, (_, at) => bytes.readUInt16BE(at * 2));
  return order === "CDAB" ? words.reverse() : words;
}

/** Each model as a slave of its own, what pymodbus is to serve for it, and what must be read. */
export function meterConfigs() {
  const meters = readMeters();
  const image: Record<
    number,
    { holding: Record<number, number[]>; input: Record<number, number[]> }
  > = {};
  const expected = new Map<string, Record<string, number>>();
  let registers = 0;
  let covered = 0;
  const slaves = meters.map((meter, index) => {
    const unitId = index + 1;
    const device = `82/29869/dien/${meter.id.toLowerCase()}`;
    const code = meter.functions.includes("ReadInputReg") ? 4 : 3;
    const wordOrder = meter.transforms.some((name) => name.endsWith("Swapped")) ? "CDAB" : "ABCD";
    const real = meter.registers.filter(([name]) => !isSetting(name));
    registers += real.length;
    const all = real.map(([, address]) => address);
    const table: Record<number, number[]> = {};
    const values: Record<string, number> = {};
    const points = real.map(([name, address], at) => {
      const type = typeOf(meter, name, address, all);
      const quantity = quantityOf(name);
      const value = signed.test(name) ? -(at + 1) * 3 : (at + 1) * 7;
      table[address] = encode(type, wordOrder, value);
      values[quantity] = type === "f32" ? value : Number((value / 10).toPrecision(12));
      return {
        quantity,
        function: code,
        address,
        type,
        wordOrder,
        scale: type === "f32" ? 1 : 0.1,
      };
    });
    covered += Object.keys(values).length;
    image[unitId] = { holding: code === 3 ? table : {}, input: code === 4 ? table : {} };
    expected.set(device, values);
    return { unitId, device, points };
  });
  return { image: image as Image, slaves, expected, registers, covered };
}
