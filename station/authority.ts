import { hostname, networkInterfaces } from "node:os";
import { join } from "node:path";
import { openAuthority } from "@kenh/broker";

/** The folder of the station's own certificate authority. */
const authorityFolder = (dataDir: string): string => join(dataDir, "ca");

/** Opens the station's authority, or makes it. @param host where the broker listens */
export const authorityOf = (dataDir: string, host: string) =>
  openAuthority(authorityFolder(dataDir), hostsOf(host));

/** Every name and address by which this machine may be reached. */
function hostsOf(host: string): string[] {
  const addresses = Object.values(networkInterfaces())
    .flat()
    .flatMap((found) => (found && !found.internal && !found.scopeid ? [found.address] : []));
  const named = [hostname(), host].filter((name) => /^[a-z\d]([a-z\d.-]*[a-z\d])?$/i.test(name));
  const isAny = (name: string) => name === "0.0.0.0" || name === "::";
  const all = ["localhost", "127.0.0.1", "::1", ...named, ...addresses];
  return [...new Set(all)].filter((name) => !isAny(name));
}
