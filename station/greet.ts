import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Access } from "@kenh/schemas/node";

/** The first start makes an administrator's token, keeps it beside the state for its owner alone, and says where to look. */
export function greet(http: string, dataDir: string, access: Access): void {
  const file = join(dataDir, "admin-token");
  if (access.tokens().length === 0) {
    writeFileSync(file, `${access.addToken("admin", "*")}\n`, { mode: 0o600 });
  }
  const token = existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
  const address = token && access.grant(token) ? `${http}/#token=${token}` : http;
  process.stderr.write(
    `\n  Kênh: ${address}\n  (mã quản trị / administrator's token: ${file})\n\n`,
  );
}
