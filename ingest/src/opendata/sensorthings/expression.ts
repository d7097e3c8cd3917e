import { RequestFault } from "./fault.ts";
import { arityOf } from "./functions.ts";
import { type Token, tokensOf } from "./tokens.ts";

/** What `$filter` and `$orderby` say (OGC 18-088, 9.3.3.5), as a tree. */
export type Expression =
  | { readonly kind: "literal"; readonly value: Literal }
  | { readonly kind: "path"; readonly segments: readonly string[] }
  | { readonly kind: "not"; readonly of: Expression }
  | {
      readonly kind: "binary";
      readonly operator: Operator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: "call"; readonly name: string; readonly given: readonly Expression[] };

/** A time is milliseconds since 1970 UTC in a box of its own, so that it is never taken for a number. */
export interface Time {
  readonly from: number;
  /** The same as `from` for an instant. */
  readonly to: number;
}
export interface Geography {
  readonly wkt: string;
}
export interface Duration {
  readonly ms: number;
}
export type Literal = string | number | boolean | null | Time | Geography | Duration;

/** From the weakest to the strongest. */
const precedence = {
  or: 1,
  and: 2,
  ...{ eq: 3, ne: 3, gt: 4, ge: 4, lt: 4, le: 4 },
  ...{ add: 5, sub: 5, mul: 6, div: 6, mod: 6 },
} as const;
export type Operator = keyof typeof precedence;

const words: Readonly<Record<string, Literal>> = { true: true, false: false, null: null };
/** Deeper than this nobody writes; it keeps an expression from exhausting the stack. */
const maxDepth = 50;

/** @throws RequestFault (400) that says where the expression ends to make sense */
export function parseExpression(text: string): Expression {
  const parser = new Parser(text);
  const expression = parser.expression();
  parser.end();
  return expression;
}

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokensOf(text);
  }

  /** Precedence climbing: what binds more strongly than `least`. */
  expression(least = 0): Expression {
    if (++this.#depth > maxDepth) throw this.#fault(`is nested more than ${maxDepth} deep`);
    let left = this.#operand();
    for (;;) {
      const operator = this.#operator();
      if (operator === undefined || precedence[operator] <= least) break;
      this.#at++;
      left = { kind: "binary", operator, left, right: this.expression(precedence[operator]) };
    }
    this.#depth--;
    return left;
  }

  end(): void {
    if (this.#token.kind !== "end")
      throw this.#fault("an operator such as eq, and, or is expected");
  }

  get #token(): Token {
    return this.#tokens[this.#at] as Token;
  }

  #operator(): Operator | undefined {
    const { kind, text } = this.#token;
    return kind === "name" && Object.hasOwn(precedence, text) ? (text as Operator) : undefined;
  }

  #operand(): Expression {
    const token = this.#token;
    this.#at++;
    switch (token.kind) {
      case "string":
        return { kind: "literal", value: token.text };
      case "number":
        return { kind: "literal", value: Number(token.text) };
      case "time":
        return { kind: "literal", value: this.#time(token) };
      case "duration":
        return { kind: "literal", value: { ms: this.#duration(token) } };
      case "geography":
        return { kind: "literal", value: { wkt: token.text } };
      case "name":
        return this.#named(token);
      case "sign":
        if (token.text === "(") {
          const inner = this.expression();
          this.#expect(")");
          return inner;
        }
    }
    this.#at--;
    throw this.#fault("a value, a property or a function is expected");
  }

  #named(token: Token): Expression {
    const { text } = token;
    if (text === "not") return { kind: "not", of: this.expression(precedence.eq - 1) };
    if (Object.hasOwn(words, text)) return { kind: "literal", value: words[text] as Literal };
    if (this.#is("(")) return this.#call(token);
    const segments = [text];
    while (this.#is("/")) {
      this.#at++;
      if (this.#token.kind !== "name") throw this.#fault("a property is expected after /");
      segments.push(this.#token.text);
      this.#at++;
    }
    return { kind: "path", segments };
  }

  #call({ text: name }: Token): Expression {
    const arity = arityOf(name);
    if (arity === undefined) {
      this.#at--;
      throw this.#fault("is no function of SensorThings");
    }
    this.#expect("(");
    const given: Expression[] = [];
    while (!this.#is(")")) {
      if (given.length > 0) this.#expect(",");
      given.push(this.expression());
    }
    this.#expect(")");
    if (!arity.includes(given.length))
      throw this.#fault(`${name} takes ${arity.join(" or ")} arguments, not ${given.length}`);
    return { kind: "call", name, given };
  }

  #time({ text }: Token): Time {
    const [from = "", to = from] = text.split("/");
    const time = { from: Date.parse(from), to: Date.parse(to) };
    if (Number.isNaN(time.from) || Number.isNaN(time.to))
      throw this.#fault(`${text} is no time such as 2026-10-05T07:00:00Z`);
    return time;
  }

  /** ISO 8601 with days, hours, minutes and seconds: months have no length. */
  #duration({ text }: Token): number {
    const found = /^(-)?P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(text);
    if (!found) throw this.#fault(`${text} is no duration such as PT1H30M or P1D`);
    const [, sign, ...parts] = found;
    const [days, hours, minutes, seconds] = parts.map((part) => Number(part ?? 0));
    const ms =
      ((((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)) * 1000;
    return sign ? -ms : ms;
  }

  #is(sign: string): boolean {
    return this.#token.kind === "sign" && this.#token.text === sign;
  }

  #expect(sign: string): void {
    if (!this.#is(sign)) throw this.#fault(`${sign} is expected`);
    this.#at++;
  }

  #fault(what: string): RequestFault {
    const { text, at } = this.#token;
    const where = `${JSON.stringify(text)} at character ${at + 1}`;
    return new RequestFault(400, `${JSON.stringify(this.#text)}: ${where}: ${what}`);
  }
}
