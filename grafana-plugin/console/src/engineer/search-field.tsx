interface Props {
  /** What is looked for, and in what. */
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** Where somebody types to narrow a list down. */
export function SearchField({ label, value, onChange }: Props) {
  return (
    <label className="eng-search">
      <span className="unseen">{label}</span>
      <input
        type="search"
        placeholder={label}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </label>
  );
}
