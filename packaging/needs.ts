/** Libraries that a program for Linux may ask for, and the Debian package of each. */
const packageOf: Readonly<Record<string, string>> = {
  "ld-linux-aarch64.so.1": "libc6",
  "ld-linux-x86-64.so.2": "libc6",
  "libatomic.so.1": "libatomic1",
  "libc.so.6": "libc6",
  "libdl.so.2": "libc6",
  "libgcc_s.so.1": "libgcc-s1",
  "libm.so.6": "libc6",
  "libpthread.so.0": "libc6",
  "librt.so.1": "libc6",
  "libstdc++.so.6": "libstdc++6",
};

/** A section of an ELF file, as its header has it. */
interface Section {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

/** From the ELF specification. */
const dynamicSection = 6;
const neededTag = 1n;

/**
 * What Debian packages 64-bit ELF files ask for, as the field Depends has it. Of versions only that of
 * the C library is told: whoever has one so new has the other libraries as well.
 * @throws Error when a file is none, or asks for a library whose package is not known here.
 */
export function dependsOf(binaries: readonly Buffer[]): string {
  const packages = new Set<string>();
  let libc: readonly [number, number] = [0, 0];
  for (const binary of binaries) {
    for (const library of librariesOf(binary)) {
      const name = packageOf[library];
      if (!name) throw new Error(`${library} is asked for; say in needs.ts which package has it`);
      packages.add(name);
    }
    for (const [, major, minor] of namesOf(binary).matchAll(/\0GLIBC_(\d+)\.(\d+)/g)) {
      const version = [Number(major), Number(minor)] as const;
      if (version[0] > libc[0] || (version[0] === libc[0] && version[1] > libc[1])) libc = version;
    }
  }
  return [...packages]
    .sort()
    .map((name) => (name === "libc6" ? `libc6 (>= ${libc.join(".")})` : name))
    .join(", ");
}

function librariesOf(binary: Buffer): string[] {
  const { dynamic, names } = dynamicOf(binary);
  const found: string[] = [];
  for (let at = dynamic.offset; at < dynamic.offset + dynamic.size; at += 16) {
    if (binary.readBigInt64LE(at) !== neededTag) continue;
    const from = names.offset + Number(binary.readBigUInt64LE(at + 8));
    found.push(binary.toString("latin1", from, binary.indexOf(0, from)));
  }
  return found;
}

/** All names that the dynamic linker looks at, one after the other. */
function namesOf(binary: Buffer): string {
  const { offset, size } = dynamicOf(binary).names;
  return binary.toString("latin1", offset, offset + size);
}

function dynamicOf(binary: Buffer): { dynamic: Section; names: Section } {
  if (binary.readUInt32BE(0) !== 0x7f454c46 || binary[4] !== 2 || binary[5] !== 1) {
    throw new Error("not a little-endian 64-bit ELF file");
  }
  const table = Number(binary.readBigUInt64LE(0x28));
  const [width, count] = [binary.readUInt16LE(0x3a), binary.readUInt16LE(0x3c)];
  const sections = Array.from({ length: count }, (_, index): Section => {
    const at = table + index * width;
    return {
      type: binary.readUInt32LE(at + 4),
      offset: Number(binary.readBigUInt64LE(at + 0x18)),
      size: Number(binary.readBigUInt64LE(at + 0x20)),
      link: binary.readUInt32LE(at + 0x28),
    };
  });
  const dynamic = sections.find(({ type }) => type === dynamicSection);
  const names = dynamic && sections[dynamic.link];
  if (!dynamic || !names) throw new Error("the ELF file has no dynamic section");
  return { dynamic, names };
}
