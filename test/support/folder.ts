import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder of a test's own; `using` removes it at the end of the block. */
export interface TemporaryFolder extends Disposable {
  readonly path: string;
}

/** Makes an empty folder below the system's temporary one. */
export function temporaryFolder(name = "kenh"): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), `${name}-`));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
