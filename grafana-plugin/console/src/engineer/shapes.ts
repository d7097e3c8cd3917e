import type { Identity, QuarantineItem, Text, Value } from "@kenh/schemas";
import type { Axis } from "./route.ts";

/** A profile as `GET /api/v1/profiles` lists it. */
export interface ListedProfile {
  readonly name: string;
  readonly label: Text;
  readonly measurement: string;
  readonly classes: readonly string[];
  readonly quantities: readonly string[];
  readonly intervalMs: number | null;
  readonly driver: string | null;
  /** How many devices that the token may know of use it. */
  readonly devices: number;
  readonly origin: {
    readonly layer: Layer;
    readonly file: string;
    /** Whose it goes before; null where there was none of this name. */
    readonly overrides: Layer | null;
    readonly differs: readonly string[];
  };
}

/** Who has said what is in force. */
export type Layer = "shipped" | "station" | "province" | "unit";

/** A profile as its file has it. */
export interface ProfileText {
  readonly name: string;
  readonly yaml: string;
  readonly version: string;
  /** Of whom the token is of, or inherited. */
  readonly own: boolean;
  readonly layer: Layer;
  readonly file: string;
}

/** Something wrong in a profile. */
export interface Fault {
  /** From 1. */
  readonly line: number;
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** The answer of `POST /api/v1/profiles/check`. */
export interface ProfileCheck {
  readonly faults: readonly Fault[];
  readonly readings: Readonly<Record<string, Value | null>> | null;
  readonly unreadable: string | null;
  /** Those that stand in the profile. */
  readonly samples: readonly { readonly name: string; readonly says: unknown }[];
}

/** What waits as "discovered". */
export interface Discovered {
  readonly id: string;
  readonly device: Identity | null;
  readonly topic: string;
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  readonly messages: number;
  readonly readings: number;
  readonly refused: number;
  readonly sample: {
    readonly payload: string;
    readonly encoding: "utf8" | "base64";
    readonly receivedAt: number;
    readonly cut: boolean;
  } | null;
  readonly guess: readonly Guess[];
  readonly sender: Identity | null;
  readonly ignored: boolean;
}

/** A profile that might be meant, and how sure that is. */
export interface Guess {
  readonly profile: string;
  /** 0 to 1. */
  readonly confidence: number;
  readonly covers: readonly string[];
  readonly lacks: readonly string[];
  readonly why: Text;
}

/** The answer of `POST /api/v1/discovered/adopt`. */
export interface Adopted {
  readonly device: { readonly identity: Identity; readonly profile: string };
  readonly replayed: number;
  readonly username?: string;
  readonly password?: string;
}

/** What a device is to be, as `POST /api/v1/devices/preview` and `/registry` take it. */
export interface NewDevice {
  readonly identity: string;
  readonly profile: string;
  readonly label?: Text;
  readonly intervalMs?: number;
  readonly criticality?: 1 | 2 | 3 | 4;
  readonly position?: { readonly latitude: number; readonly longitude: number };
}

/** The answer of `POST /api/v1/devices/preview`. */
export interface Preview {
  readonly replaces: boolean;
  readonly source: "payload" | "quarantine" | "profile" | "none";
  readonly stored: {
    readonly measurement: string;
    readonly tags: Readonly<Record<string, string>>;
    readonly fields: readonly {
      readonly name: string;
      readonly type: string;
      readonly unit: string;
      readonly label: Text;
      readonly plausible: readonly [number | null, number | null] | null;
      readonly sampled: boolean;
    }[];
    readonly lines: readonly string[];
  };
  readonly readings: readonly {
    readonly ts: number;
    readonly quantity: string;
    readonly value: Value | null;
    readonly flag: number;
    readonly unit: string;
  }[];
  readonly setAside: readonly {
    readonly reason: string;
    readonly detail: string;
    readonly readings: number;
  }[];
  readonly waiting: number;
  readonly alarms: readonly {
    readonly rule: string;
    readonly priority: 1 | 2 | 3 | 4;
    readonly message: Text | null;
    readonly quantity: string;
    readonly fired: readonly {
      readonly event: string;
      readonly at: number;
      readonly value: number | null;
      readonly level: number | null;
    }[];
  }[];
  readonly dashboards: readonly {
    readonly uid: string;
    readonly title: string;
    readonly panels: readonly string[];
  }[];
  readonly warnings: readonly string[];
}

/** A calibration as the registry keeps it. */
export interface Calibration {
  readonly device: Identity;
  readonly quantity: string;
  /** ISO 8601 with a zone. */
  readonly from: string;
  readonly by: string;
  readonly note?: string;
  readonly settings?: Readonly<Record<string, number>>;
}

/** What a device proves itself with; shown once. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** A dataset in the month's report of `GET /api/v1/reports/sharing`, as far as the page shows it. */
export interface SharedDataset {
  readonly id: string;
  readonly label: Text;
  readonly state: string;
  readonly since: number | null;
  readonly gapMs: number;
  readonly axes: Readonly<Record<Axis, number | null>>;
  /** The month before; null where there is nothing to compare with. */
  readonly before: { readonly gapMs: number } | null;
}

/** What spoils an axis of a dataset, of `GET /api/v1/datasets/<id>/spoilers`. */
export interface Spoilers {
  readonly readings?: readonly {
    readonly device: string;
    readonly quantity: string;
    readonly ts: number;
    readonly value: number | boolean | string;
    readonly flag: number;
  }[];
  readonly quarantined?: readonly QuarantineItem[];
  readonly undelivered?: readonly {
    readonly device: string;
    readonly kind: "late" | "missing";
    readonly from: number;
    readonly to: number;
    readonly periods: number;
  }[];
  readonly tardy?: readonly {
    readonly device: string;
    readonly ts: number;
    readonly arrivedAt: number;
    readonly readings: number;
  }[];
  /** There is more than is given. */
  readonly more: boolean;
}

/** Who shared what in a month. */
export interface SharingReport {
  readonly asOf: number;
  readonly totals: {
    readonly agencies: number;
    readonly listed: number;
    readonly datasets: number;
  };
  readonly agencies: readonly {
    readonly agency: string;
    readonly label: Text;
    readonly datasets: readonly SharedDataset[];
  }[];
}
