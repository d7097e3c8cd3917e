import type { Identity } from "@kenh/schemas";
import type { Access } from "@kenh/schemas/node";

/** Whether an account may publish for a device that is not its own. */
export type MayBring = (account: string, identity: Identity) => boolean;

/**
 * Devices that wait to be adopted, for one account: the cabinet of a site has no more, and a sender
 * that makes names up fills neither the list nor the disk.
 */
export const mostUnknown = 64;

/**
 * An account with a site brings devices that nobody has registered and no account owns; who brings one
 * first is the one. So it never speaks for a device that the station knows, unless an adoption has made
 * that its own.
 * @param isRegistered undefined where the registry is elsewhere: then nobody brings any
 */
export function bringing(
  { joins }: Pick<Access, "joins">,
  isRegistered: ((identity: Identity) => boolean) | undefined,
): MayBring {
  return (account, identity) =>
    isRegistered !== undefined &&
    // Adopted a moment ago: the connection has not heard of it yet.
    (joins.isOwned(identity, account) ||
      (!isRegistered(identity) &&
        !joins.isOwned(identity) &&
        joins.bring(account, identity, mostUnknown)));
}
