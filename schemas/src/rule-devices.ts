import type { AlarmRule } from "./alarm-rule.ts";

/** Whether a rule names this device among those that it is for, by itself or by its profile. */
export function isMeantFor(
  { devices, profiles }: Pick<AlarmRule, "devices" | "profiles">,
  { identity, profile }: { readonly identity: string; readonly profile: string },
): boolean {
  return (devices?.includes(identity) ?? true) && (profiles?.includes(profile) ?? true);
}
