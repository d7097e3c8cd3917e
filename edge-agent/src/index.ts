export { type Agent, type AgentReport, type AgentSurroundings, createAgent } from "./agent.ts";
export {
  type AgentConfig,
  type AgentConfigInput,
  agentConfigSchema,
  ConfigError,
  checkConfig,
  loadAgentConfig,
  parseAgentConfig,
} from "./config.ts";
export type { Driver, DriverKind, DriverSample, Finding, PreparedDriver } from "./driver.ts";
export { NotEnrolled } from "./enrol/ask.ts";
export { type EnrolledAgent, enrolAgent } from "./enrol/enrol.ts";
export { explainAgentConfig } from "./explain.ts";
export type { Log } from "./log.ts";
export { type RunAgentOptions, runAgent } from "./main.ts";
export {
  type Access,
  type Album,
  albumIn,
  type PictureCard,
  pictureLimits,
} from "./pictures/album.ts";
export { type Probed, probeAddress, probeConfig, UnknownAddress } from "./probe.ts";
export {
  checkProfile,
  type DriverEntry,
  driverEntry,
  type Installation,
  type ProfileFault,
  readAs,
} from "./profile.ts";
export type { DriverHealth, DriverState } from "./supervise.ts";
export { takePicture } from "./take-picture.ts";
export { type WatchedSample, watchAgent } from "./watch.ts";
