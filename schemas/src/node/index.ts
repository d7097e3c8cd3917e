export * from "./access.ts";
export * from "./database.ts";
export { type Damage, isDamage } from "./salvage.ts";
