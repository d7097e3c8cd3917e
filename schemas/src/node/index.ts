export * from "./access.ts";
export * from "./database.ts";
