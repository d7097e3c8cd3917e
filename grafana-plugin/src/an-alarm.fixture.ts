import type { Alarm } from "@kenh/schemas";

/** A water-level alarm as the station gives it, with what a test changes. */
export function anAlarm(changes: Partial<Alarm> = {}): Alarm {
  return {
    id: "a1",
    device: "82/29869/cau-cao-lanh/muc-nuoc-01",
    rule: "water.bd3",
    priority: 1,
    state: "unacknowledged",
    active: true,
    raisedAt: Date.UTC(2026, 10, 22, 10, 5, 9),
    clearedAt: null,
    acknowledgedAt: null,
    shelvedUntil: null,
    value: 2.33,
    limit: 2.3,
    quantity: "water_level_m",
    message: { vi: "Mực nước vượt báo động III", en: "Water level above alarm level III" },
    cause: { vi: "Triều cường", en: "High tide" },
    action: { vi: "Kiểm tra cống và trạm bơm", en: "Check sluices and pumps" },
    version: 3,
    history: [],
    ...changes,
  };
}
