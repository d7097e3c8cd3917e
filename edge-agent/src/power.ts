import { type Identity, isTrusted, type Sample } from "@kenh/schemas";

/** Whether the mains is there, as far as the samples that pass tell. */
export interface PowerWatch {
  /** Null while nobody has said. */
  readonly mains: "present" | "lost" | null;
  note(device: Identity, sample: Sample): void;
}

/**
 * Follows `mains_present`, and `on_battery` where a device knows only that; a doubtful value changes
 * nothing.
 * @param feeds the device that feeds this agent; when absent, the mains is lost as soon as one of the
 * devices says so.
 */
export function watchPower(feeds?: Identity): PowerWatch {
  const lost = new Map<Identity, boolean>();
  return {
    get mains() {
      const said = [...lost.values()];
      if (said.length === 0) return null;
      return said.includes(true) ? "lost" : "present";
    },
    note(device, { values, qc = {} }) {
      if (feeds !== undefined && device !== feeds) return;
      const state = (quantity: string): boolean | undefined => {
        const value = values[quantity];
        return typeof value === "boolean" && isTrusted(qc[quantity] ?? 2) ? value : undefined;
      };
      const mains = state("mains_present");
      const onBattery = state("on_battery");
      if (mains !== undefined) lost.set(device, !mains);
      else if (onBattery !== undefined) lost.set(device, onBattery);
    },
  };
}
