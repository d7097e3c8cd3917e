import type { Language } from "../../shared/language.ts";
import { words } from "../words.ts";
import { useModal } from "./use-modal.ts";

/** All keys, in words. */
export function HelpDialog({ language, onClose }: { language: Language; onClose: () => void }) {
  const say = words[language];
  const dialog = useModal();
  return (
    <dialog ref={dialog} className="kenh-dialog" aria-label={say.help} onClose={onClose}>
      <h2>{say.help}</h2>
      <dl className="kenh-help">
        {say.keys.map(([key, text]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <div className="kenh-buttons">
        <button type="button" className="kenh-primary" onClick={onClose}>
          {say.close}
        </button>
      </div>
    </dialog>
  );
}
