export * from "./access.ts";
export type { Certificate, Issued, Revocation } from "./certificates.ts";
export { codeKey, readCode } from "./codes.ts";
export * from "./database.ts";
export type { IdentityEvent, WaitingEvent } from "./identity-events.ts";
export { siteSchema } from "./joins.ts";
export { type Damage, isDamage } from "./salvage.ts";
