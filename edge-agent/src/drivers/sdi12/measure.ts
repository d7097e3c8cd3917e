import type { Config, Sensor } from "./config.ts";
import { type Gateway, Silent } from "./gateway.ts";
import { announcementOf, Damaged, valuesOf } from "./line.ts";

/** aD0! to aD9!: what a sensor keeps of a measurement. */
const mostPages = 10;

/**
 * Sends a command and reads its answer, again when it is lost or damaged.
 * @throws Silent when no attempt gave an answer, and Error when the gateway is lost.
 */
export async function ask<T>(
  gateway: Gateway,
  command: string,
  { attempts, timeoutMs }: Pick<Config, "attempts" | "timeoutMs">,
  read: (line: string) => T,
): Promise<T> {
  let trouble: Error | undefined;
  let lost = false;
  for (let attempt = 0; attempt < attempts; attempt++) {
    await gateway.send(command);
    const line = await gateway.line(timeoutMs);
    if (line === undefined) {
      lost = true;
      continue;
    }
    try {
      const answer = read(line);
      // Lines carry no number: if the lost one was only late, its twin is on the way and would be
      // taken for the answer to the next command.
      if (lost) await gateway.line(timeoutMs);
      return answer;
    } catch (error) {
      if (!(error instanceof Damaged)) throw error;
      trouble = error;
    }
  }
  const tried = attempts === 1 ? "" : `, asked ${attempts} times`;
  throw new Silent(
    trouble
      ? `${command} ${trouble.message}${tried}`
      : `no answer to ${command} in ${timeoutMs} ms${tried}`,
    { cause: trouble },
  );
}

/**
 * Lets a sensor measure and reads its values, in their order.
 * @throws Silent when it does not answer or keeps values back, and Error when the gateway is lost.
 */
export async function measure(gateway: Gateway, sensor: Sensor, config: Config): Promise<number[]> {
  const { address, crc, measurement } = sensor;
  const command = `${address}M${crc ? "C" : ""}${measurement || ""}!`;
  const announced = await ask(gateway, command, config, (line) => announcementOf(line, address));
  if (announced.values === 0) throw new Silent(`it answers ${command} with no values to come`);
  // The sensor calls when it is ready sooner; when its time is over it may be asked without a call.
  const deadline = performance.now() + announced.seconds * 1000;
  for (let left = announced.seconds * 1000; left > 0; left = deadline - performance.now()) {
    if ((await gateway.line(left)) === address) break;
  }
  const values: number[] = [];
  for (let page = 0; page < mostPages && values.length < announced.values; page++) {
    const more = await ask(gateway, `${address}D${page}!`, config, (line) =>
      valuesOf(line, address, crc),
    );
    if (more.length === 0) break;
    values.push(...more);
  }
  if (values.length !== announced.values) {
    throw new Silent(
      `it announced ${announced.values} values to ${command} and gave ${values.length}`,
    );
  }
  return values;
}
