import { describe, expect, test } from "vitest";
import { authorize, challengesOf, RefusedError } from "./login.ts";

const field = (text: string, name: string) => new RegExp(`${name}="([^"]*)"`).exec(text)?.[1];

describe("the published examples", () => {
  const mufasa = { username: "Mufasa", password: "Circle of Life" };
  const realm = "http-auth@example.org";
  const rest = `qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`;
  const cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
  const md5 = `Digest realm="${realm}", algorithm=MD5, ${rest}`;
  const sha = `Digest realm="${realm}", algorithm=SHA-256, ${rest}`;
  const answer = (header: string) => authorize(header, mufasa, "GET", "/dir/index.html", 1, cnonce);

  test("RFC 7616, 3.9.1, MD5", () => {
    const text = answer(md5);
    expect(field(text, "response")).toBe("8ca523f5e9506fed4657c9700eebdbec");
    expect(text).toContain("algorithm=MD5, qop=auth, nc=00000001");
    expect(field(text, "opaque")).toBe("FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS");
  });

  test("RFC 7616, 3.9.1, SHA-256, and it is chosen wherever it stands", () => {
    const expected = "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1";
    for (const header of [sha, `${md5}, ${sha}`, `${sha}, ${md5}`]) {
      expect(field(answer(header), "response")).toBe(expected);
    }
  });

  test("RFC 2069: without qop there is neither count nor cnonce", () => {
    const text = authorize('Digest realm="r", nonce="n"', mufasa, "GET", "/");
    expect(text).not.toMatch(/qop|nc=|cnonce/);
    expect(field(text, "response")).toHaveLength(32);
  });

  test("RFC 7617: Basic, when nothing better is offered", () => {
    const aladdin = { username: "Aladdin", password: "open sesame" };
    const basic = 'Basic realm="WallyWorld"';
    expect(authorize(basic, aladdin, "GET", "/")).toBe("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    expect(authorize(`${basic}, ${md5}`, aladdin, "GET", "/")).toMatch(/^Digest /);
  });
});

test("a nonce that is used again counts on", () => {
  const once = 'Digest realm="r", nonce="n", qop="auth"';
  const who = { username: "a", password: "b" };
  expect(authorize(once, who, "PLAY", "rtsp://c/", 17)).toContain("nc=00000011");
});

test("a challenge is read as makers write it", () => {
  expect(challengesOf('Digest realm="a, \\"b\\"",nonce=abc , stale=FALSE,Basic realm=x')).toEqual([
    { scheme: "digest", parameters: { realm: 'a, \\"b\\"', nonce: "abc", stale: "FALSE" } },
    { scheme: "basic", parameters: { realm: "x" } },
  ]);
});

test.each(["", "Negotiate", 'Digest realm="r", nonce="n", algorithm=SHA-512-256'])(
  "%j can't be answered",
  (header) => {
    const who = { username: "a", password: "b" };
    expect(() => authorize(header, who, "GET", "/")).toThrow(RefusedError);
  },
);
