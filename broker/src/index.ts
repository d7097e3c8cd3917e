export * from "./broker.ts";
export * from "./config.ts";
export * from "./main.ts";
