import type { ShownAlarm } from "../shared/alarm-frame.ts";
import { fold } from "../shared/fold.ts";

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
