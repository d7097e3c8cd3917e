import { useState } from "react";
import { timeText } from "../../../src/shared/time-text.ts";
import { post, useAsked, useDeed } from "./ask.ts";
import type { PageProps } from "./engineer.tsx";
import { FailureNote } from "./failure-note.tsx";
import { Secret } from "./secret.tsx";
import type { Credentials } from "./shapes.ts";
import { words } from "./words.ts";

interface Certificates {
  readonly certificates: readonly {
    readonly serial: string;
    readonly issuedAt: number;
    readonly expiresAt: number;
    readonly revokedAt: number | null;
    readonly firstUsedAt: number | null;
  }[];
}
interface EnrolCode {
  readonly code: string;
  readonly expiresAt: number;
  readonly station: string;
}
type Given = { readonly password: Credentials } | { readonly enrol: EnrolCode } | "revoked";

/** What the device proves itself with: its certificates, a new password, a code to enrol, and the end of all. */
export function DeviceCredentials(props: PageProps & { path: string }) {
  const { api, path, language, mayChange } = props;
  const say = words[language];
  const held = useAsked<Certificates>(api, `/api/v1/devices/${path}/certificates`);
  const [isSure, setSure] = useState(false);
  const deed = useDeed<Given>(() => {
    setSure(false);
    held.again();
  });
  const ask = <T,>(what: string) => post<T>(api, `/api/v1/devices/${path}/${what}`, {});
  const { done } = deed;
  return (
    <>
      <FailureNote failure={held.failure} language={language} />
      {held.answer?.certificates.length === 0 && <p className="hint">{say.noCertificates}</p>}
      <ul className="eng-items">
        {held.answer?.certificates.map(({ serial, issuedAt, expiresAt, revokedAt }) => (
          <li key={serial}>
            <div className="eng-item-head">
              <strong className="eng-code">{serial.slice(0, 16)}</strong>
              <span>{revokedAt === null ? say.validUntil(timeText(expiresAt)) : say.revoked}</span>
              <span className="eng-when">{timeText(revokedAt ?? issuedAt)}</span>
            </div>
          </li>
        ))}
      </ul>
      {mayChange && (
        <div className="eng-actions">
          <button
            type="button"
            disabled={deed.isBusy}
            onClick={() => deed.run(async () => ({ password: await ask<Credentials>("password") }))}
          >
            {say.newPassword}
          </button>
          <button
            type="button"
            disabled={deed.isBusy}
            onClick={() => deed.run(async () => ({ enrol: await ask<EnrolCode>("enrol-code") }))}
          >
            {say.enrolCode}
          </button>
          {isSure ? (
            <>
              <button
                type="button"
                className="eng-danger"
                disabled={deed.isBusy}
                onClick={() => deed.run(() => ask<object>("revoke").then(() => "revoked" as const))}
              >
                {say.revokeSure}
              </button>
              <button type="button" onClick={() => setSure(false)}>
                {say.cancel}
              </button>
            </>
          ) : (
            <button type="button" onClick={() => setSure(true)}>
              {say.revoke}
            </button>
          )}
        </div>
      )}
      <FailureNote failure={deed.failure} language={language} />
      <div aria-live="polite">
        {done === "revoked" && <p className="eng-told">{say.revokedAll}</p>}
      </div>
      {done && done !== "revoked" && "password" in done && (
        <Secret
          key={done.password.password}
          language={language}
          lines={[
            [say.username, done.password.username],
            [say.password, done.password.password],
          ]}
        />
      )}
      {done && done !== "revoked" && "enrol" in done && (
        <Secret
          key={done.enrol.code}
          language={language}
          lines={[
            [say.enrolCode, done.enrol.code],
            [
              say.command,
              `kenh agent enrol --station ${done.enrol.station} --code ${done.enrol.code}`,
            ],
            [say.validTo, timeText(done.enrol.expiresAt)],
          ]}
        />
      )}
    </>
  );
}
