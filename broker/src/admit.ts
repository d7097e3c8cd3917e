import type { Access } from "@kenh/schemas/node";
import type { ConnectPacket } from "aedes";
import type { MayBring } from "./bring.ts";
import { identify } from "./identify.ts";
import type { Limits } from "./limits.ts";
import type { Papers } from "./papers.ts";
import { mayPublish, type Principal } from "./permit.ts";
import type { Refusal, Visit, Visits } from "./visits.ts";

export interface Admission {
  readonly access: Access;
  readonly limits: Limits;
  readonly visits: Visits;
  readonly mayBring: MayBring;
  readonly now: () => number;
  /** Of each connection that is let in or refused for its certificate's sake. */
  readonly papers: Papers;
  readonly onTakeover: () => void;
}

/**
 * The identifier of a client as the broker knows it: the account's own, and of its present password. So
 * nobody ends another's connection or inherits its session by naming it, and whoever has the name after
 * somebody else finds neither the filters nor what was kept for them.
 */
function idOf(principal: Principal, given: string): string {
  const revision = principal.kind === "sender" ? principal.revision : "";
  return `${principal.name}\n${revision}\n${given}`;
}

/**
 * Decides about a CONNECT; undefined when it may come in. An older connection of the same
 * client is gone before aedes hears of the new one [MQTT-3.1.4-2].
 */
export async function admit(
  visit: Visit,
  packet: ConnectPacket,
  { access, limits, visits, mayBring, now, papers, onTakeover }: Admission,
): Promise<Refusal | undefined> {
  const { username } = packet;
  const password = packet.password?.toString();
  const { certificate } = visit.visitor;
  const principal = await identify({ username, password, certificate }, access, now());
  if (!principal) {
    if (certificate && password === undefined)
      papers.refused(certificate, visit.visitor.remote, true);
    return { reason: "credentials", code: password === undefined ? 5 : 4 };
  }
  if (packet.will && !mayPublish(principal, packet.will.topic, mayBring)) {
    return { reason: "will-not-permitted", code: 5 };
  }
  const given = packet.clientId;
  const clientId = given && idOf(principal, given);
  const ofAccount = visits.ofAccount(principal.name);
  // With an older password as well: its last will must not come after what this one says.
  const older = [...ofAccount].filter(
    (other) => given && other.principal && other.clientId === idOf(other.principal, given),
  );
  if (ofAccount.size - older.length >= limits.connectionsPerAccount) {
    return { reason: "account-connections", code: 3 };
  }
  visits.name(visit, principal, clientId || undefined);
  packet.clientId = clientId;
  if (principal.kind === "sender" && principal.certificate) {
    papers.shown(principal, visit, older.length > 0);
  }
  for (const other of older) {
    onTakeover();
    other.wire.cut("taken-over");
    await other.gone;
  }
  return undefined;
}
