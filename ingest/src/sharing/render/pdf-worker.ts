import { parentPort, workerData } from "node:worker_threads";
import { pdfOf } from "./pdf.ts";

// Fonts are cut to what is used of them: some tenths of a second, beside whoever waits for a PUBACK.
parentPort?.postMessage(await pdfOf(workerData));
