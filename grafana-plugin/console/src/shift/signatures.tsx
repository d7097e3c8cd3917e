import type { Handover, HandoverSignature } from "@kenh/schemas";
import type { Language } from "../../../src/shared/language.ts";
import { timeText } from "../../../src/shared/time-text.ts";
import { words } from "./words.ts";

/** What both shifts said, and who they were. */
export function Signatures(props: {
  note: Pick<Handover, "outgoing" | "incoming">;
  language: Language;
}) {
  const { note, language } = props;
  const say = words[language];
  return (
    <div className="shift-signatures">
      <Signature title={say.outgoing} signature={note.outgoing} />
      {note.incoming ? (
        <Signature title={say.incoming} signature={note.incoming} />
      ) : (
        <section>
          <h3>{say.incoming}</h3>
          <p className="eng-warn">○ {say.waits}</p>
        </section>
      )}
    </div>
  );
}

function Signature({ title, signature }: { title: string; signature: HandoverSignature }) {
  return (
    <section>
      <h3>{title}</h3>
      <p>
        ✓ <bdi>{signature.actor}</bdi> · <time className="eng-when">{timeText(signature.at)}</time>
      </p>
      {signature.text && (
        <p className="shift-said">
          <bdi>{signature.text}</bdi>
        </p>
      )}
    </section>
  );
}
