import type { DataValue, Variant } from "node-opcua-client";
import type { Library } from "./connect.ts";
import type { RawValue } from "./messages.ts";
import { shortest } from "./value.ts";

/** Takes a data value apart into what can pass between threads. */
export function rawValue(point: number, data: DataValue, library: Library): RawValue {
  const { statusCode, sourceTimestamp, serverTimestamp, value: variant } = data;
  const ts = (sourceTimestamp ?? serverTimestamp)?.getTime();
  return {
    point,
    ...plain(variant, library),
    status: statusCode.value,
    statusName: statusCode.name,
    ts,
  };
}

/** A single number, truth or text; anything else is named. */
export function plain(
  variant: Variant | undefined | null,
  { DataType, VariantArrayType }: Library,
): Pick<RawValue, "value" | "unusable"> {
  if (!variant || variant.dataType === DataType.Null || variant.value === null) {
    return { value: null };
  }
  const type = DataType[variant.dataType];
  if (variant.arrayType !== VariantArrayType.Scalar) {
    return { value: null, unusable: `is an array of ${type}: name a node with one value` };
  }
  const value: unknown = variant.value;
  switch (variant.dataType) {
    case DataType.Int64:
    case DataType.UInt64: {
      const [high = 0, low = 0] = value as number[];
      const whole = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
      return {
        value: Number(variant.dataType === DataType.Int64 ? BigInt.asIntN(64, whole) : whole),
      };
    }
    case DataType.Float:
      return { value: shortest(value as number) };
    case DataType.LocalizedText:
      return { value: (value as { text?: string | null }).text ?? null };
    case DataType.DateTime:
      return { value: (value as Date).toISOString() };
    default:
      return typeof value === "number" || typeof value === "boolean" || typeof value === "string"
        ? { value }
        : { value: null, unusable: `is a ${type}: only numbers, booleans and texts are read` };
  }
}
