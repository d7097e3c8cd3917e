/** A path such as `message.data["total.in"]` or `rxInfo[0].rssi`; the empty one is the whole. */
export function formatPath(path: readonly string[]): string {
  return path
    .map((name, index) => {
      if (/^\d+$/.test(name)) return `[${name}]`;
      if (/[.[\]"']/.test(name) || name === "") return `[${JSON.stringify(name)}]`;
      return index === 0 ? name : `.${name}`;
    })
    .join("");
}
