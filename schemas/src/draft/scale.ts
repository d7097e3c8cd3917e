import { flat } from "./register.ts";
import { readUnit } from "./units.ts";

/** Unit and scale of a row, whichever column says it. */
export function scaleOf(
  unit: string | undefined,
  scale: string | undefined,
  head: string,
  decimals: string | undefined,
): { unit?: string; scale?: number } {
  const number = scale === undefined ? undefined : factorOf(scale, head);
  const inScale = scale !== undefined && number === undefined ? readUnit(scale) : undefined;
  const places =
    decimals !== undefined && /^\d$/.test(decimals) ? 10 ** -Number(decimals) : undefined;
  const own = unit && unit !== "-" ? unit : undefined;
  // A unit and its resolution may stand in two columns: "kPa" and "0.1 kPa".
  const beside = own === undefined ? undefined : inScale?.scale;
  const found =
    number ?? beside ?? (places === undefined ? undefined : Number(places.toPrecision(3)));
  const written = own ?? (inScale ? scale : undefined);
  return {
    ...(written !== undefined && { unit: written }),
    ...(found !== undefined && found !== 1 && { scale: found }),
  };
}

/** How a remark says that raw numbers are tenths or hundredths; the number is by how many. */
const remarks: readonly RegExp[] = [
  /(\d+) times (?:the )?(?:actual|real)/,
  /(?:actual|real|true) (?:value )?(?:[x*×]|multiplied by) ?(\d+)/,
  /(?:enlarged|magnified|expanded|multiplied) (?:by )?(10+)/,
  /(?:divided? by|chia(?: cho)?|÷|value ?\/) ?(10+)/,
  /(?:gap|nhan) (10+)(?: lan)?/,
  /(\d+) ?倍/,
  /^[x×*] ?(10+)$/,
];

/** The factor that a remark beside a register tells in words: "10 times the actual value". */
export function scaleSaid(text: string): number | undefined {
  const said = flat(text);
  for (const remark of remarks) {
    const by = Number(remark.exec(said)?.[1]);
    if (by > 1) return 1 / by;
  }
  const step = /(?:resolution|unit|precision|step|do phan giai|don vi)\s*[:=]?\s*(0[.,]0*1)\b/.exec(
    said,
  );
  return step?.[1] === undefined ? undefined : Number(step[1].replace(",", "."));
}

/** The factor that a cell means: `0.1`, `x0.1`, `/10`, `1/10`, `10^-1`; 10 is tenths unless the head says else. */
function factorOf(cell: string, head: string): number | undefined {
  const text = cell.replaceAll(/\s/g, "").replace(",", ".");
  const power = /^10\^?\(?(-\d)\)?$/.exec(text);
  if (power) return Number((10 ** Number(power[1])).toPrecision(3));
  const [, sign = "", one, under, plain] =
    /^([x*×/÷:]?)(?:(\d+)\/(\d+)|(\d+(?:\.\d+)?(?:e-?\d+)?))$/i.exec(text) ?? [];
  if (one !== undefined) return Number(one) / Number(under);
  const number = Number(plain);
  if (plain === undefined || !(number > 0)) return undefined;
  const divides = /[/÷:]/.test(sign) || (/divisor|gain|divide|chia/.test(head) && number >= 1);
  if (divides) return 1 / number;
  const multiplies = sign !== "" || /multipl|resolution|step/.test(head);
  return number > 1 && !multiplies ? 1 / number : number;
}
