/** Whether a filter is well formed (MQTT 3.1.1, 4.7.1): `+` is a whole level, `#` the whole last one. */
export function isFilter(filter: string): boolean {
  const levels = filter.split("/");
  return (
    filter.length > 0 &&
    !filter.startsWith("$share/") &&
    levels.every(
      (level, index) =>
        level === "+" || (level === "#" && index === levels.length - 1) || !/[+#]/.test(level),
    )
  );
}

/** Whether a topic falls under a filter. */
export function matches(filter: string, topic: string): boolean {
  if (topic.startsWith("$") && /^[+#]/.test(filter)) return false;
  const levels = topic.split("/");
  const wanted = filter.split("/");
  for (const [index, level] of wanted.entries()) {
    if (level === "#") return true;
    if (index >= levels.length || (level !== "+" && level !== levels[index])) return false;
  }
  return wanted.length === levels.length;
}

/** Whether some topic falls under both filters. */
export function overlap(one: string, other: string): boolean {
  const [first, second] = [one.split("/"), other.split("/")];
  for (let index = 0; ; index++) {
    const [a, b] = [first[index], second[index]];
    if (a === "#" || b === "#") return true;
    if (a === undefined || b === undefined) return a === b;
    if (a !== b && a !== "+" && b !== "+") return false;
  }
}
