let carried = "";

/** Takes a payload along to the profile editor, which is the next page. */
export function carry(payload: string): void {
  carried = payload;
}

/** What was brought along, once; empty where nothing was. */
export function takeCarried(): string {
  const payload = carried;
  carried = "";
  return payload;
}
