import { parentPort, workerData } from "node:worker_threads";
import type { Answer, Question } from "./profile-bench.ts";
import { faultsOf, type Known, readingsOf, readProfile } from "./profile-check.ts";

const known = workerData as Known;

/** One check; what goes wrong with a sample is told, and no reason to end. */
async function answer({ id, yaml, says }: Question): Promise<Answer> {
  const read = readProfile(yaml);
  const samples = "profile" in read ? read.profile.samples : [];
  const faults = (await faultsOf(yaml, known)).map((fault) => ({
    ...fault,
    path: fault.path.map((part) => (typeof part === "number" ? part : String(part))),
  }));
  try {
    const readings = says === undefined ? undefined : await readingsOf(yaml, says);
    return { id, check: { faults, readings: readings ?? null, unreadable: null, samples } };
  } catch (error) {
    const unreadable = error instanceof Error ? error.message : String(error);
    return { id, check: { faults, readings: null, unreadable, samples } };
  }
}

parentPort?.on("message", async (question: Question) => {
  try {
    parentPort?.postMessage(await answer(question));
  } catch (error) {
    const failed = error instanceof Error ? error.message : String(error);
    parentPort?.postMessage({ id: question.id, failed } satisfies Answer);
  }
});
