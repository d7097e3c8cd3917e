export * from "./broker.ts";
export * from "./config.ts";
export { openAuthority } from "./enrol/authority.ts";
export { createEnrolment, EnrolmentRefused } from "./enrol/enrolment.ts";
export { UnfitRequest } from "./enrol/request.ts";
export * from "./main.ts";
