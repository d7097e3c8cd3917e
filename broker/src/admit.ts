import type { Access } from "@kenh/schemas/node";
import type { ConnectPacket } from "aedes";
import type { MayBring } from "./bring.ts";
import { identify } from "./identify.ts";
import type { Limits } from "./limits.ts";
import type { Papers } from "./papers.ts";
import { mayPublish } from "./permit.ts";
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
 * Decides about a CONNECT; undefined when it may come in. The client identifier is made the
 * account's own, so that nobody can end another's connection or inherit its session by naming it,
 * and an older connection of the same client is gone before aedes hears of the new one [MQTT-3.1.4-2].
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
  const clientId = packet.clientId && `${principal.name}\n${packet.clientId}`;
  const ofAccount = visits.ofAccount(principal.name);
  const older = [...ofAccount].filter((other) => clientId && other.clientId === clientId);
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
