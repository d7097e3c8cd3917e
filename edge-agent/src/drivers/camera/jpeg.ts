import { Bits, type Huffman, huffman } from "./jpeg-bits.ts";

/**
 * The brightness of a picture at an eighth of its size: the mean of each block of 8 × 8 pixels, which
 * a JPEG holds as such. The picture itself is never made.
 */
export interface Luma {
  /** In blocks. */
  readonly width: number;
  readonly height: number;
  /** 0 to 255, row by row. */
  readonly means: Float32Array;
}

interface Component {
  readonly id: number;
  readonly across: number;
  readonly down: number;
  readonly quantizer: number;
}

interface Frame {
  readonly progressive: boolean;
  readonly width: number;
  readonly height: number;
  readonly components: readonly Component[];
}

const maxPixels = 64_000_000;

/**
 * Reads the brightness from a JPEG (ITU-T T.81), baseline, extended or progressive, by Huffman code.
 * @throws Error when it is none, is of another kind, or ends early.
 */
export function lumaOf(data: Buffer): Luma {
  if (data.length < 4 || data.readUInt16BE(0) !== 0xffd8) throw new Error("the picture is no JPEG");
  /** The first step of each quantization table: that of the mean. */
  const steps: number[] = [];
  const dc: Huffman[] = [];
  const ac: Huffman[] = [];
  let frame: Frame | undefined;
  let restartInterval = 0;
  let at = 2;
  for (;;) {
    if (at + 4 > data.length) throw new Error("the JPEG ends early");
    if (data[at] !== 0xff) throw new Error(`the JPEG is damaged at byte ${at}`);
    const marker = data[at + 1] as number;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const end = at + 2 + data.readUInt16BE(at + 2);
    if (end > data.length || end < at + 4) throw new Error("the JPEG ends early");
    const segment = data.subarray(at + 4, end);
    if (marker === 0xdb) readQuantization(segment, steps);
    else if (marker === 0xc4) readHuffman(segment, dc, ac);
    else if (marker === 0xdd) restartInterval = segment.readUInt16BE(0);
    else if (marker === 0xc0 || marker === 0xc1 || marker === 0xc2) {
      frame = readFrame(segment, marker === 0xc2);
    } else if (marker >= 0xc3 && marker <= 0xcf && marker !== 0xc8 && marker !== 0xcc) {
      throw new Error(`the JPEG is of a kind that is not read (SOF${marker - 0xc0})`);
    } else if (marker === 0xda) {
      if (!frame) throw new Error("the JPEG has a scan before its frame");
      // The first scan holds the luma's means: the standard wants them before all else.
      return readScan(segment, data.subarray(end), frame, { steps, dc, ac, restartInterval });
    }
    at = end;
  }
}

function readQuantization(segment: Buffer, steps: number[]): void {
  for (let at = 0; at < segment.length; ) {
    const head = segment[at] as number;
    const wide = head >> 4 !== 0;
    steps[head & 15] = wide ? segment.readUInt16BE(at + 1) : segment.readUInt8(at + 1);
    at += 1 + (wide ? 128 : 64);
  }
}

function readHuffman(segment: Buffer, dc: Huffman[], ac: Huffman[]): void {
  for (let at = 0; at < segment.length; ) {
    const head = segment[at] as number;
    const counts = segment.subarray(at + 1, at + 17);
    const total = counts.reduce((sum, count) => sum + count, 0);
    (head >> 4 === 0 ? dc : ac)[head & 15] = huffman(
      counts,
      segment.subarray(at + 17, at + 17 + total),
    );
    at += 17 + total;
  }
}

function readFrame(segment: Buffer, progressive: boolean): Frame {
  const height = segment.readUInt16BE(1);
  const width = segment.readUInt16BE(3);
  const count = segment.readUInt8(5);
  if (segment.readUInt8(0) !== 8 || (count !== 1 && count !== 3)) {
    throw new Error("the JPEG is neither grey nor YCbCr with 8 bits");
  }
  if (width === 0 || height === 0 || width * height > maxPixels) {
    throw new Error(`the JPEG is ${width} × ${height}, which no camera sends`);
  }
  const components = Array.from({ length: count }, (_, index) => {
    const sampling = segment.readUInt8(7 + 3 * index);
    const component = {
      id: segment.readUInt8(6 + 3 * index),
      across: sampling >> 4,
      down: sampling & 15,
      quantizer: segment.readUInt8(8 + 3 * index),
    };
    if (!between1And4(component.across) || !between1And4(component.down)) {
      throw new Error("the JPEG has an impossible sampling");
    }
    return component;
  });
  return { progressive, width, height, components };
}

function between1And4(n: number): boolean {
  return n >= 1 && n <= 4;
}

interface Tables {
  readonly steps: readonly number[];
  readonly dc: readonly Huffman[];
  readonly ac: readonly Huffman[];
  readonly restartInterval: number;
}

function readScan(segment: Buffer, data: Buffer, frame: Frame, tables: Tables): Luma {
  const count = segment.readUInt8(0);
  const scanned = Array.from({ length: count }, (_, index) => {
    const id = segment.readUInt8(1 + 2 * index);
    const selectors = segment.readUInt8(2 + 2 * index);
    const component = frame.components.find((each) => each.id === id);
    const dc = tables.dc[selectors >> 4];
    const ac = tables.ac[selectors & 15];
    if (!component || !dc || (!ac && !frame.progressive)) {
      throw new Error("the JPEG lacks a table that its scan needs");
    }
    return { component, dc, ac, last: 0 };
  });
  const luma = frame.components[0] as Component;
  const step = tables.steps[luma.quantizer];
  if (
    step === undefined ||
    scanned[0]?.component !== luma ||
    segment.readUInt8(1 + 2 * count) !== 0
  ) {
    throw new Error("the JPEG does not begin with its luma");
  }
  const shift = frame.progressive ? segment.readUInt8(3 + 2 * count) & 15 : 0;

  const most = (pick: (component: Component) => number) => Math.max(...frame.components.map(pick));
  const [acrossMost, downMost] = [most((c) => c.across), most((c) => c.down)];
  const blocks = (pixels: number, factor: number, largest: number) =>
    Math.ceil(Math.ceil((pixels * factor) / largest) / 8);
  const width = blocks(frame.width, luma.across, acrossMost);
  const height = blocks(frame.height, luma.down, downMost);
  // A scan of one component goes block by block, whatever its sampling (A.2.2).
  const single = count === 1;
  const columns = single ? width : Math.ceil(frame.width / (8 * acrossMost));
  const rows = single ? height : Math.ceil(frame.height / (8 * downMost));
  const means = new Float32Array(width * height);
  const bits = new Bits(data);

  for (let unit = 0; unit < columns * rows; unit++) {
    if (tables.restartInterval > 0 && unit > 0 && unit % tables.restartInterval === 0) {
      bits.restart();
      for (const each of scanned) each.last = 0;
    }
    for (const each of scanned) {
      const { across, down } = single ? { across: 1, down: 1 } : each.component;
      for (let block = 0; block < across * down; block++) {
        each.last += bits.signed(bits.symbol(each.dc));
        if (!frame.progressive && each.ac) bits.skipCoefficients(each.ac);
        if (each.component !== luma) continue;
        const x = (unit % columns) * across + (block % across);
        const y = Math.floor(unit / columns) * down + Math.floor(block / across);
        if (x >= width || y >= height) continue;
        const mean = (each.last * 2 ** shift * step) / 8 + 128;
        means[y * width + x] = Math.min(255, Math.max(0, mean));
      }
    }
  }
  return { width, height, means };
}
