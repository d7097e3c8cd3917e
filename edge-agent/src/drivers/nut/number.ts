/** The number that a variable holds; undefined when it is a text, half a number or several. */
export function numberOf(text: string | undefined): number | undefined {
  const trimmed = text?.trim() ?? "";
  return /^[-+]?\d+(\.\d+)?$/.test(trimmed) ? Number(trimmed) : undefined;
}
