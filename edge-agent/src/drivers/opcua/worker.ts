import { parentPort, workerData } from "node:worker_threads";
import { browse } from "./browse.ts";
import { connect } from "./connect.ts";
import type { Order, Word } from "./messages.ts";
import { watch } from "./watch.ts";

// The thread's own body: started by `startThread` and by nothing else.
if (parentPort) await work(workerData as Order, parentPort);

async function work(
  { config, task, pkiDir }: Order,
  port: NonNullable<typeof parentPort>,
): Promise<void> {
  const say = (word: Word): void => port.postMessage(word);
  const stopped = new Promise<void>((resolve) => port.once("message", () => resolve()));
  try {
    await using connection = await connect(config, pkiDir);
    if (task === "probe") {
      say({ kind: "findings", findings: await browse(connection) });
    } else {
      const subscription = await watch(connection, config, say);
      const reason = await Promise.race([subscription.lost, connection.lost, stopped]);
      if (reason !== undefined) say({ kind: "lost", reason: `${config.url}: ${reason}` });
    }
  } catch (error) {
    say({ kind: "lost", reason: (error as Error).message.replaceAll(/\s+/g, " ") });
  }
  port.close();
}
