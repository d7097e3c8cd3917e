import { EnrolmentRefused, enrolCallSchema, renewCallSchema, UnfitRequest } from "@kenh/schemas";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { addressOf } from "./attempt.ts";
import type { ApiEnv, ApiParts } from "./parts.ts";
import { ApiError, answerProblem } from "./problem.ts";
import { readBody } from "./read.ts";

/** Two certificates of RSA 4096 and a request fit. */
const maxBodyBytes = 64 * 1024;

/**
 * `/enrol`: certificates for codes, and new ones for old ones. It asks for no token: the proof is in the
 * call, and so is, for the caller, the station's in the answer; neither needs TLS to be believed.
 */
export function enrolRoutes({ enrolment }: Pick<ApiParts, "enrolment">): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();
  if (!enrolment) return app;
  app.use(
    bodyLimit({
      maxSize: maxBodyBytes,
      onError: (c) => answerProblem(c, "too-large", `a body may have ${maxBodyBytes} bytes`),
    }),
  );
  app.get("/ca.pem", (c) =>
    c.body(enrolment.authority, 200, { "content-type": "application/x-pem-file" }),
  );
  app.post("/", async (c) => {
    const call = await readBody(c, enrolCallSchema);
    return c.json(await refusing(() => enrolment.enrol(call, addressOf(c))));
  });
  app.post("/renew", async (c) => {
    const call = await readBody(c, renewCallSchema);
    return c.json(await refusing(() => enrolment.renew(call, addressOf(c))));
  });
  return app;
}

/** @throws ApiError in place of a refusal */
async function refusing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof EnrolmentRefused)
      throw new ApiError("not-enrolled", cause.message, { cause });
    if (cause instanceof UnfitRequest)
      throw new ApiError("bad-request", `csr: ${cause.message}`, { cause });
    throw cause;
  }
}
