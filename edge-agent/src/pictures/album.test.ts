import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../../test/support/folder.ts";
import { albumIn, pictureLimits } from "./album.ts";

const camera = "82/29869/cau-cao-lanh/camera-01";
const asked = { by: "Trần Văn A", purpose: "xem rác chắn cống sau mưa" };
const jpeg = new Uint8Array([0xff, 0xd8, 1, 2, 3]);
const minute = 60_000;

function albumAt(folder: string) {
  const clock = { now: Date.now() };
  const album = albumIn(folder, () => clock.now);
  return {
    album,
    clock,
    take: (lifeMs = 15 * minute) => album.take(camera, asked, lifeMs, async () => jpeg),
    events: () => album.log.entries().map(({ event }) => event),
  };
}

describe("pictures on demand", () => {
  test("nothing is made before somebody asks", () => {
    using folder = temporaryFolder();
    const { album } = albumAt(folder.path);
    album.expire("kenh-agent");
    expect([album.list(), album.log.entries(), readdirSync(folder.path)]).toEqual([[], [], []]);
  });

  test("are readable for the agent alone, and live as long as was said", async () => {
    using folder = temporaryFolder();
    const { album, clock, take, events } = albumAt(folder.path);
    const card = await take();
    expect(card.until - card.takenAt).toBe(15 * minute);
    const inside = join(folder.path, "pictures");
    expect(statSync(inside).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(inside))
      expect(statSync(join(inside, name)).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder.path, "picture-access.jsonl")).mode & 0o777).toBe(0o600);
    clock.now = card.until - 1;
    album.expire("kenh-agent");
    expect(album.list()).toEqual([card]);
    clock.now = card.until;
    expect(album.list()).toEqual([]);
    expect(() => album.export(card.id, asked, "x.jpg")).toThrow("has been deleted");
    album.expire("kenh-agent");
    expect(readdirSync(inside)).toEqual([]);
    expect(events()).toEqual(["requested", "taken", "deleted"]);
    expect(album.log.entries().at(-1)).toMatchObject({
      by: "kenh-agent",
      device: camera,
      picture: card.id,
      purpose: asked.purpose,
      detail: "its time was over",
    });
  });

  test("each request, export and deletion is a line with who, when, what for and which camera", async () => {
    using folder = temporaryFolder();
    const { album, take, events } = albumAt(folder.path);
    const { id } = await take();
    const other = { by: "Lê Thị B", purpose: "gửi đội sửa chữa" };
    expect(Buffer.from(album.export(id, other, "/tmp/x.jpg"))).toEqual(Buffer.from(jpeg));
    album.delete(id, "Lê Thị B");
    const none = album.take(camera, asked, minute, () => Promise.reject(new Error("no answer")));
    await expect(none).rejects.toThrow("no answer");
    expect(events()).toEqual([
      ...["requested", "taken", "exported", "deleted"],
      ...["requested", "failed"],
    ]);
    for (const { at, by, device, purpose } of album.log.entries()) {
      expect(Math.abs(Date.parse(at) - Date.now())).toBeLessThan(minute);
      expect([by.length, device, purpose.length]).toEqual([
        expect.any(Number),
        camera,
        expect.any(Number),
      ]);
    }
    expect(album.log.entries()[2]).toMatchObject({ ...other, detail: "/tmp/x.jpg", picture: id });
  });

  test.each([
    ["without a purpose", { ...asked, purpose: "   " }, minute],
    ["with half a word", { ...asked, purpose: "x" }, minute],
    ["by nobody", { ...asked, by: " " }, minute],
    ["for ever", asked, pictureLimits.maxLifeMs + 1],
    ["for no time", asked, 0],
  ])("%s no camera is asked", async (_, access, lifeMs) => {
    using folder = temporaryFolder();
    const { album } = albumAt(folder.path);
    let calls = 0;
    const take = async () => {
      calls += 1;
      return jpeg;
    };
    await expect(album.take(camera, access, lifeMs, take)).rejects.toThrow();
    expect([calls, readdirSync(folder.path)]).toEqual([0, []]);
  });

  test("a line break in a purpose makes no second line", async () => {
    using folder = temporaryFolder();
    const { album } = albumAt(folder.path);
    const purpose = 'xem\n{"event":"deleted"}';
    await album.take(camera, { ...asked, purpose }, minute, async () => jpeg);
    expect(album.log.entries().map((entry) => entry.purpose)).toEqual([purpose, purpose]);
  });

  test("they are no recording: after twenty one must go first", async () => {
    using folder = temporaryFolder();
    const { album, take } = albumAt(folder.path);
    for (let count = 0; count < pictureLimits.maxKept; count++) await take();
    await expect(take()).rejects.toThrow("no recording");
    album.delete(album.list()[0]?.id ?? "", "A");
    await take();
  });

  test("what is not known to be alive is deleted: no card, a forged one, a clock set back", async () => {
    using folder = temporaryFolder();
    const { album, clock, take } = albumAt(folder.path);
    const [forged, lost, early] = [await take(), await take(), await take()];
    const inside = join(folder.path, "pictures");
    const forever = JSON.stringify({ ...forged, until: forged.until + 400 * 24 * 60 * minute });
    writeFileSync(join(inside, `${forged.id}.json`), forever);
    writeFileSync(join(inside, `${lost.id}.json`), "{");
    clock.now += 6000;
    album.expire("kenh-agent");
    expect(album.list()).toEqual([early]);
    clock.now = early.takenAt - 3600_000;
    album.expire("kenh-agent");
    expect(readdirSync(inside)).toEqual([]);
    expect(album.log.entries().filter(({ event }) => event === "deleted")).toHaveLength(3);
  });

  test("a log that was tampered with says so instead of less", async () => {
    using folder = temporaryFolder();
    const { album, take } = albumAt(folder.path);
    await take();
    const file = join(folder.path, "picture-access.jsonl");
    writeFileSync(file, readFileSync(file, "utf8").slice(5));
    expect(() => album.log.entries()).toThrow(`${file}:1`);
  });
});
