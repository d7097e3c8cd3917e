import type { ReactNode } from "react";

interface Props {
  readonly heads: readonly string[];
  /** The rows; each page draws its own. */
  readonly children: ReactNode;
}

/** Rows below their heads; scrolls by itself where it is wider than the page. */
export function Table({ heads, children }: Props) {
  return (
    <div className="eng-table">
      <table>
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
