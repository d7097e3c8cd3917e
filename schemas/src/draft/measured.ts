/** Keys under which gear wraps a value, names it and gives its unit. */
const valueKeys = ["value", "val", "v", "Value", "measurementValue", "reading"];
const unitKeys = ["unit", "units", "u", "uom", "Unit"];
const nameKeys = [
  "displayName",
  "name",
  "n",
  "label",
  "Name",
  "key",
  "metric",
  "parameter",
  "value_type",
  "sensor_type",
  "sensorType",
  "measurement_type",
  "type",
  "sensor",
  "field",
  "variable",
  "code",
  "measurement",
  "id",
];

/** `{value, unit, name}`, in which some gear wraps each reading. */
export function measured(
  object: Record<string, unknown>,
): { key: string; unit: string | undefined; name: string | undefined } | undefined {
  const key = valueKeys.find(
    (each) =>
      Object.hasOwn(object, each) && (typeof object[each] !== "object" || object[each] === null),
  );
  if (key === undefined) return undefined;
  const text = (keys: readonly string[]): string | undefined => {
    const found = keys.find((each) => typeof object[each] === "string" && object[each] !== "");
    return found === undefined ? undefined : (object[found] as string);
  };
  const unit = text(unitKeys);
  const name = text(nameKeys);
  // A `v` among others may be a voltage: it wraps where it is alone, or something else says so.
  const alone = Object.keys(object).length === 1;
  if (key === "v" && !alone && unit === undefined && name === undefined) return undefined;
  return { key, unit, name };
}
