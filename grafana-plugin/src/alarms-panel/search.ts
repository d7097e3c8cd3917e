import type { ShownAlarm } from "../shared/alarm-frame.ts";

/** A text without marks, so that "cao lanh" finds "Cao Lãnh" and "Hoà" finds "Hòa". */
function fold(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{M}+/gu, "")
    .replace(/[đĐ]/g, "d")
    .toLowerCase();
}

const folded = new WeakMap<ShownAlarm, string>();
const most = 400;

/** Whether every word of a query stands somewhere in what the alarm says, in either language. */
export function matches(alarm: ShownAlarm, query: string): boolean {
  let text = folded.get(alarm);
  if (text === undefined) {
    const { message, siteLabel, deviceLabel, device, rule, owner } = alarm;
    const texts = [message, siteLabel, deviceLabel, owner].flatMap((one) =>
      one ? [one.vi.slice(0, most), one.en.slice(0, most)] : [],
    );
    text = fold([...texts, device, rule].join(" "));
    folded.set(alarm, text);
  }
  return fold(query)
    .split(/\s+/)
    .every((word) => text.includes(word));
}
