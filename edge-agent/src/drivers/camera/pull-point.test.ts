import { expect, test } from "vitest";
import { startCameraSimulator } from "../../../../test/support/camera-simulator.ts";
import { pullNotifications } from "./pull-point.ts";

test("a pull-point is renewed before its life ends, and the blocks that it wants back go with each call", async () => {
  const camera = await startCameraSimulator();
  const context = {
    credentials: { username: "admin", password: "p@ss" },
    cameraNow: Date.now,
    timeoutMs: 3000,
    signal: new AbortController().signal,
  };
  const service = new URL("/onvif/event_service", camera.url);
  const batches = pullNotifications(service, "127.0.0.1", context, 0);
  const [first] = (await batches.next()).value ?? [];
  expect(first).toMatchObject({ data: { State: "false" }, initial: true });
  const next = batches.next();
  camera.notify("");
  expect((await next).value).toEqual([]);
  expect(camera.asked).toEqual([
    "CreatePullPointSubscription",
    "PullMessages",
    "Renew",
    "PullMessages",
  ]);
  await batches.return(undefined);
  await camera.close();
});
