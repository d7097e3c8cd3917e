export * from "./broker.ts";
export * from "./config.ts";
export { type Authority, openAuthority } from "./enrol/authority.ts";
export { createEnrolment } from "./enrol/enrolment.ts";
export * from "./main.ts";
