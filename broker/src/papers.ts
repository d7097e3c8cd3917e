import type { PeerCertificate } from "node:tls";
import type { Clock, Identity } from "@kenh/schemas";
import type { Access, IdentityEvent } from "@kenh/schemas/node";
import { watchForClones } from "./clones.ts";
import { fingerprintOf } from "./enrol/enrolment.ts";
import { seldom } from "./enrol/seldom.ts";
import { type CertificateFault, certifiedIdentity, faultOf } from "./identify.ts";
import type { Sender } from "./permit.ts";
import type { Visit } from "./visits.ts";

/** What is told of certificates: how they are used, and what is wrong with those that are refused. */
export interface Papers {
  /**
   * Somebody was not let in.
   * @param verified its authority has signed it: then it is believed in what it names
   */
  refused(certificate: PeerCertificate, remote: string, verified: boolean): void;
  /** A certificate has proven somebody. @param tookOver it has ended an older connection */
  shown(principal: Sender, visit: Visit, tookOver: boolean): void;
  /** Looks after those who are here. */
  look(): void;
}

export interface PapersParts {
  readonly access: Access;
  readonly now: Clock;
  readonly visits: { all(): Iterable<Visit>; ofAccount(name: string): Iterable<Visit> };
  readonly onExpired: (visit: Visit) => void;
  readonly onClone: () => void;
}

/** Whoever tries the same again and again is one line of the log in ten minutes. */
const toldEveryMs = 10 * 60_000;

/** Two connections of one certificate that came from two places, and how much the older had said by then. */
interface Pair {
  readonly older: Visit;
  readonly newer: Visit;
  readonly said: number;
}

const faults: Record<CertificateFault, (serial: string, until: string) => string> = {
  expired: (serial, until) => `serial ${serial} expired ${until}: enrol anew`,
  revoked: (serial) => `serial ${serial} is revoked`,
  unknown: (serial) =>
    `${serial} is signed by the station's authority and not in its book: was an older copy of access.db put back? Enrol anew`,
};

/** Looks after client certificates: their first use, their end, their doubles. */
export function keepPapers({ access, now, visits, onExpired, onClone }: PapersParts): Papers {
  const isNews = seldom(toldEveryMs, now);
  const isClone = watchForClones();
  const used = new Set<string>();
  let pairs: Pair[] = [];

  function tell(
    call: IdentityEvent["call"],
    fingerprint: string,
    remote: string,
    say: (serial: string) => string,
    named?: Identity,
  ): void {
    // What a stranger shows proves nothing, and would fill the log.
    const issued = access.certificates.find(fingerprint);
    const device = issued?.identity ?? named;
    if (!device || !isNews(`${call} ${fingerprint}`)) return;
    const detail = say(issued?.serial ?? fingerprint);
    const result = call === "certificate-cloned" ? "told" : "refused";
    access.events.add({ call, device, result, detail, name: null, address: remote });
  }

  function cloned(fingerprint: string, remote: string, other: string): void {
    onClone();
    tell(
      "certificate-cloned",
      fingerprint,
      remote,
      (serial) =>
        `serial ${serial} is used by two at once: from ${placeOf(remote)} and from ${other}`,
    );
  }

  return {
    refused(certificate, remote, verified) {
      const fault = faultOf(certificate, access, now());
      if (!fault) return;
      tell(
        `certificate-${fault}`,
        fingerprintOf(certificate),
        remote,
        (serial) => faults[fault](serial, certificate.valid_to),
        verified ? certifiedIdentity(certificate) : undefined,
      );
    },
    shown({ name, certificate }, visit, tookOver) {
      const { fingerprint } = certificate ?? {};
      if (fingerprint === undefined) return;
      if (!used.has(fingerprint)) {
        access.certificates.noteUse(fingerprint);
        used.add(fingerprint);
      }
      const { remote } = visit.visitor;
      const place = placeOf(remote);
      const others = [...visits.ofAccount(name)].filter(
        (other) =>
          other !== visit &&
          certificateOf(other)?.fingerprint === fingerprint &&
          placeOf(other.visitor.remote) !== place,
      );
      const before = others.map((other) => placeOf(other.visitor.remote));
      if (isClone({ certificate: fingerprint, place, at: now(), tookOver })) {
        cloned(fingerprint, remote, before[0] ?? "the same address");
      }
      for (const older of others) {
        pairs.push({ older, newer: visit, said: older.visitor.heard() });
      }
    },
    look() {
      const at = now();
      for (const visit of visits.all()) {
        const expiresAt = certificateOf(visit)?.expiresAt;
        if (expiresAt === undefined || expiresAt > at) continue;
        const fingerprint = certificateOf(visit)?.fingerprint ?? "";
        const until = new Date(expiresAt).toISOString();
        tell("certificate-expired", fingerprint, visit.visitor.remote, (serial) =>
          faults.expired(serial, until),
        );
        onExpired(visit);
      }
      if (pairs.length === 0) return;
      const here = new Set(visits.all());
      pairs = pairs.filter(({ older, newer, said }) => {
        if (!here.has(older) || !here.has(newer)) return false;
        // A half-open connection says nothing more.
        if (older.visitor.heard() === said) return true;
        const fingerprint = certificateOf(newer)?.fingerprint ?? "";
        cloned(fingerprint, newer.visitor.remote, placeOf(older.visitor.remote));
        return false;
      });
    },
  };
}

const certificateOf = ({ principal }: Visit) =>
  principal?.kind === "sender" ? principal.certificate : undefined;

/** An address without its port. */
const placeOf = (remote: string): string => remote.slice(0, remote.lastIndexOf(":"));
