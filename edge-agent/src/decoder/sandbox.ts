import type { QuickJSContext, QuickJSRuntime, QuickJSWASMModule } from "quickjs-emscripten-core";

/** Limits of one decoder, each with its reason. */
export const decoderLimits = {
  /** A vendor's decoder takes well under a millisecond; a slow gateway is given a hundred times that. */
  timeMs: 100,
  /** An uplink has at most 242 bytes (LoRaWAN regional parameters); the largest published decoder needs 2 MB. */
  memoryBytes: 16 * 1024 * 1024,
  /** Recursion over 242 bytes is shallow; the sandbox's own stack is a megabyte. */
  stackBytes: 256 * 1024,
  /** As much as an event of a network server may have in all. */
  outputBytes: 256 * 1024,
} as const;

/** What a decoder is given: the input of the codec API of the LoRa Alliance (TS013). */
export interface DecoderInput {
  readonly bytes: readonly number[];
  readonly fPort: number;
  /** ISO 8601, for decoders that count times from it. */
  readonly recvTime?: string;
}

/** What it gave. */
export interface Decoded {
  readonly data: unknown;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/** A decoder that can't be used, or that broke a limit: the uplink stays undecoded, and nothing else is touched. */
export class DecoderError extends RangeError {
  override readonly name = "DecoderError";
}

/**
 * A vendor's decoder with nothing around it: no files, no network, no process, no clock but the date. Its
 * limit of time is asked for between its own steps: a thread holds it for what takes long within one.
 */
export interface Sandbox {
  /** @throws DecoderError naming what the decoder did, and what to do. */
  decode(input: DecoderInput): Decoded;
  close(): void;
}

/** The engine is loaded once, on first use: it costs 20 ms and some megabytes. */
let engine: Promise<QuickJSWASMModule> | undefined;
async function load(): Promise<QuickJSWASMModule> {
  const [{ newQuickJSWASMModuleFromVariant }, { default: variant }] = await Promise.all([
    import("quickjs-emscripten-core"),
    import("@jitl/quickjs-singlefile-mjs-release-sync"),
  ]);
  return newQuickJSWASMModuleFromVariant(variant);
}

/**
 * Opens a decoder in the signature that vendors publish: `decodeUplink(input)`, or the older
 * `Decoder(bytes, port)` and `Decode(fPort, bytes, variables)`.
 * @param now milliseconds that only grow, for the limit of time
 * @throws DecoderError when the source can't be run or holds none of them.
 */
export async function openSandbox(source: string, now: () => number): Promise<Sandbox> {
  engine ??= load();
  const module = await engine;
  let box = open(module, source, now);
  return {
    decode(input) {
      try {
        return box.run(input);
      } catch (error) {
        // What broke a limit may be in any state: the next uplink finds a fresh one.
        box.close();
        box = open(module, source, now);
        throw error;
      }
    },
    close: () => box.close(),
  };
}

interface Box {
  run(input: DecoderInput): Decoded;
  close(): void;
}

/** Calls whichever function there is; what it gives leaves the sandbox as JSON and as nothing else. */
const call = `(function (input) {
  var out = typeof decodeUplink === "function" ? decodeUplink(input)
    : typeof Decoder === "function" ? { data: Decoder(input.bytes, input.fPort) }
    : { data: Decode(input.fPort, input.bytes, {}) };
  return JSON.stringify(out);
})`;
const present =
  'typeof decodeUplink === "function" || typeof Decoder === "function" || typeof Decode === "function"';

function open(module: QuickJSWASMModule, source: string, now: () => number): Box {
  const runtime = module.newRuntime();
  runtime.setMemoryLimit(decoderLimits.memoryBytes);
  runtime.setMaxStackSize(decoderLimits.stackBytes);
  const context = runtime.newContext();
  let closed = false;
  const close = (): void => {
    if (closed) return;
    closed = true;
    context.dispose();
    runtime.dispose();
  };
  try {
    evaluate(runtime, context, source, now);
    if (evaluate(runtime, context, present, now) !== true) {
      throw new DecoderError(
        "the decoder holds neither decodeUplink(input) nor Decoder(bytes, port) nor Decode(fPort, bytes): paste it in whole",
      );
    }
  } catch (error) {
    close();
    throw error;
  }
  return {
    run: (input) => decodedOf(evaluate(runtime, context, `${call}(${JSON.stringify(input)})`, now)),
    close,
  };
}

/** Runs a text within the limits; a string, number or boolean comes back, anything else does not. */
function evaluate(
  runtime: QuickJSRuntime,
  context: QuickJSContext,
  text: string,
  now: () => number,
): string | number | boolean | undefined {
  const end = now() + decoderLimits.timeMs;
  let late = false;
  runtime.setInterruptHandler(() => {
    late = now() > end;
    return late;
  });
  const result = context.evalCode(text, "decoder.js");
  if (result.error) {
    const thrown = result.error.consume((error) => wordsOf(context, error));
    throw new DecoderError(
      late
        ? `the decoder ran for more than ${decoderLimits.timeMs} ms: look for an endless loop in it`
        : `the decoder failed: ${thrown}`,
    );
  }
  return result.value.consume((value) => {
    const type = context.typeof(value);
    if (type === "boolean" || type === "number") return context.dump(value) as boolean | number;
    if (type !== "string") return undefined;
    // The length is asked for first: a text of a gigabyte is never copied out.
    const length = context.getProp(value, "length").consume((each) => context.getNumber(each));
    if (length > decoderLimits.outputBytes) {
      throw new DecoderError(
        `the decoder gave ${length} characters: ${decoderLimits.outputBytes} is the most that an uplink may decode to`,
      );
    }
    return context.getString(value);
  });
}

/** What was thrown, in a line of bounded length; a hostile one may be anything. */
function wordsOf(context: QuickJSContext, error: Parameters<QuickJSContext["dump"]>[0]): string {
  const message = context
    .getProp(error, "message")
    .consume((held) => (context.typeof(held) === "string" ? context.getString(held) : undefined));
  const words =
    message ??
    (context.typeof(error) === "string" ? context.getString(error) : "an error without words");
  return words.slice(0, 200);
}

function decodedOf(text: string | number | boolean | undefined): Decoded {
  const out = typeof text === "string" ? parse(text) : undefined;
  if (typeof out !== "object" || out === null || Array.isArray(out)) {
    throw new DecoderError(
      "the decoder gave no object: it must return { data, errors, warnings }, as TS013 has it",
    );
  }
  const { data, errors, warnings } = out as Record<string, unknown>;
  return { data, errors: textsOf(errors), warnings: textsOf(warnings) };
}

/** The decoder may have made another of JSON.stringify: what it gives is read like any stranger's text. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DecoderError("the decoder gave what is no JSON: leave JSON.stringify as it is", {
      cause,
    });
  }
}

const textsOf = (list: unknown): readonly string[] =>
  Array.isArray(list) ? list.slice(0, 20).map((each) => String(each).slice(0, 200)) : [];
