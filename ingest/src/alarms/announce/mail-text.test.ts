import { expect, test } from "vitest";
import type { Change } from "../book.ts";
import { mailOf } from "./mail-text.ts";
import { alarmOn, gauge, step } from "./outbox.fixture.ts";

const change = (event: "dispatch" | "dispatch-overdue", said: object): Change => {
  const alarm = step(alarmOn(gauge), event, 1000, said);
  return { revision: 1, device: alarm.device, pointTs: 1000, json: JSON.stringify(alarm) };
};
const places = { find: () => undefined };

test("a dispatch that falls overdue names the agency, though nobody did it", () => {
  const { subject, text } = mailOf(
    change("dispatch-overdue", { comment: "Phòng Kinh tế" }),
    places,
  );
  expect(subject).toContain("Quá hạn xử lý");
  expect(text).toContain("Quá hạn xử lý (Phòng Kinh tế)");
  expect(text).toContain("Dispatch overdue (Phòng Kinh tế)");
});

test("one that is given says by whom", () => {
  const said = { actor: "Lan", comment: "Phòng Kinh tế: xem cống" };
  expect(mailOf(change("dispatch", said), places).text).toContain(
    "Giao xử lý (Lan: Phòng Kinh tế: xem cống)",
  );
});
