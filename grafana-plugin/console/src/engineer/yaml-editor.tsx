import { type Ref, useImperativeHandle, useRef, useState } from "react";

/** What others may do with the text. */
export interface YamlPlace {
  /** Puts the caret at the beginning of a line, marks the line, and shows it. */
  goTo(line: number): void;
}

interface Props {
  readonly ref?: Ref<YamlPlace>;
  readonly label: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
  /** Lines with a fault, from 1. */
  readonly faulty: ReadonlySet<number>;
  readonly readOnly: boolean;
  /** Id of the element that lists the faults. */
  readonly describedBy: string;
}

/** A text with numbered lines; Tab leaves it, as it leaves every field. */
export function YamlEditor({ ref, label, value, onChange, faulty, readOnly, describedBy }: Props) {
  const field = useRef<HTMLTextAreaElement>(null);
  const [top, setTop] = useState(0);
  const lines = value.split("\n");
  useImperativeHandle(ref, () => ({
    goTo(line) {
      const at = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
      const place = field.current;
      if (!place) return;
      place.focus();
      place.setSelectionRange(at, at + (lines[line - 1]?.length ?? 0));
      const height = place.scrollHeight / lines.length;
      place.scrollTop = Math.max(0, (line - 3) * height);
    },
  }));
  return (
    <div className="eng-yaml">
      <div className="eng-lines" aria-hidden="true">
        <div style={{ transform: `translateY(${-top}px)` }}>
          {lines.map((_, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number
            <span key={index} data-faulty={faulty.has(index + 1)}>
              {index + 1}
            </span>
          ))}
        </div>
      </div>
      <textarea
        ref={field}
        aria-label={label}
        aria-invalid={faulty.size > 0}
        aria-describedby={describedBy}
        value={value}
        readOnly={readOnly}
        spellCheck={false}
        autoCapitalize="off"
        wrap="off"
        dir="ltr"
        onChange={(event) => onChange(event.target.value)}
        onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      />
    </div>
  );
}
