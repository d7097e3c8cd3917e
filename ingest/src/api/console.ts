import { existsSync } from "node:fs";
import { join } from "node:path";
import { serveStatic } from "@hono/node-server/serve-static";
import { Hono, type MiddlewareHandler } from "hono";
import type { ApiEnv } from "./parts.ts";

/** Scripts, styles, fonts, images and calls from this station alone; no page may frame it. */
const contentPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  // The hash is that of an empty style element, which the panel's libraries fill by script.
  "style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
  "font-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const howToBuild = `<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><title>Kênh</title></head><body>
<h1>Kênh</h1>
<p lang="vi">Bảng điều khiển chưa được dựng. Chạy <code>npm run build</code> trong thư mục mã nguồn, rồi tải lại trang này. API vẫn hoạt động tại <code>/api/v1</code>.</p>
<p lang="en">The console has not been built. Run <code>npm run build</code> in the checkout, then reload this page. The API works at <code>/api/v1</code>.</p>
</body></html>
`;

/** The files of the console below `/`; while they are not there, a page says how to build them. */
export function consoleRoutes(folder: string | undefined): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();
  let files: MiddlewareHandler | undefined;
  app.get("/*", async (c, next) => {
    c.header("content-security-policy", contentPolicy);
    if (folder !== undefined && existsSync(join(folder, "index.html"))) {
      files ??= serveStatic({ root: folder });
      return files(c, next);
    }
    return c.req.path === "/" ? c.html(howToBuild, 503) : next();
  });
  return app;
}
