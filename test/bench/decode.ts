import { holdDecoders } from "../../edge-agent/src/decoder/decoder.ts";
import { openSandbox } from "../../edge-agent/src/decoder/sandbox.ts";

/** A decoder as vendors write them: channels one after the other, numbers of little bytes. */
const source = `function decodeUplink(input) {
  var data = {}, bytes = input.bytes, i = 0;
  function u16() { var v = bytes[i] | (bytes[i + 1] << 8); i += 2; return v; }
  while (i < bytes.length) {
    var channel = bytes[i++], type = bytes[i++];
    if (channel === 1 && type === 0x75) data.battery = bytes[i++];
    else if (channel === 3 && type === 0x67) data.temperature = (u16() << 16 >> 16) / 10;
    else if (channel === 4 && type === 0x68) data.humidity = bytes[i++] / 2;
    else if (channel === 5 && type === 0x82) data.distance = u16();
    else break;
  }
  return { data: data };
}`;
const input = {
  bytes: [1, 0x75, 97, 3, 0x67, 0x10, 1, 4, 0x68, 0x7b, 5, 0x82, 0xd2, 4],
  fPort: 85,
};
const [rounds, runs] = process.argv.includes("--tiny") ? [5, 20] : [25, 400];

/** Microseconds of one call: the median of several runs. */
async function cost(call: () => unknown): Promise<number> {
  const each: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const from = performance.now();
    for (let run = 0; run < runs; run++) await call();
    each.push(((performance.now() - from) * 1000) / runs);
  }
  return each.toSorted((a, b) => a - b)[rounds >> 1] ?? 0;
}

const native = new Function(`${source}; return decodeUplink;`)() as (of: typeof input) => {
  data: object;
};
const before = process.memoryUsage().rss;
const opened = performance.now();
const sandbox = await openSandbox(source, () => performance.now());
const openMs = performance.now() - opened;
const { data } = sandbox.decode(input);
if (JSON.stringify(data) !== JSON.stringify(native(input).data)) {
  throw new Error(`the sandbox decoded ${JSON.stringify(data)}`);
}
const inSandbox = await cost(() => sandbox.decode(input));
const megabytes = (process.memoryUsage().rss - before) / 2 ** 20;
const decoders = holdDecoders(new Map([["node", source]]));
await decoders.decode("node", input);
const throughThread = await cost(() => decoders.decode("node", input));
const alone = await cost(() => native(input));
await decoders.close();
sandbox.close();

const lines = [
  ["an uplink of 14 bytes, decoded in the sandbox", `${inSandbox.toFixed(0)} us`],
  ["the same by way of the agent's thread of decoders", `${throughThread.toFixed(0)} us`],
  ["the same without a sandbox", `${alone.toFixed(1)} us`],
  ["loading the engine and opening the first decoder", `${openMs.toFixed(0)} ms`],
  ["memory that it takes", `${megabytes.toFixed(0)} MB`],
];
for (const [what = "", figure = ""] of lines) {
  process.stdout.write(`${what.padEnd(52)} ${figure.padStart(9)}\n`);
}
