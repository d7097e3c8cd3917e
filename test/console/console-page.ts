import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { absent, until } from "../support/counterpart.ts";
import { pageFolder, type StationFixture } from "./station-fixture.ts";

const noPage = existsSync(join(pageFolder, "index.html"))
  ? undefined
  : "the console is not built (npm run build)";
if (noPage && process.env.CI) throw new Error(noPage);

/** Why the console can't be shown here; undefined where it can. */
export const noConsole = absent("chromium") ?? noPage;

/** Where pictures for people go; none are taken without it. */
const pictures = process.env.KENH_PICTURES;
const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

export interface View extends AsyncDisposable {
  readonly page: Page;
  /** Everything that the page complained about, and every request to somebody else. */
  readonly complaints: string[];
}

/** How a page is opened: the flags of its address, and its size. */
export interface Looks {
  readonly flags?: string;
  readonly path?: string;
  readonly width?: number;
  readonly height?: number;
}

/** Opens the page of a station in a browser profile of its own, signed in. */
export async function open(
  browser: Browser,
  station: Pick<StationFixture, "url" | "token">,
  {
    flags = "",
    path = `/?${flags}#token=${station.token}`,
    width = 1366,
    height = 768,
  }: Looks = {},
): Promise<View> {
  const context = await browser.newContext({ viewport: { width, height } });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("requestfailed", (request) => {
    if (!request.url().includes("/api/")) complaints.push(`failed: ${request.url()}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400 && !response.url().includes("/api/"))
      complaints.push(`${response.status()} ${response.url()}`);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(station.url)) complaints.push(`foreign: ${request.url()}`);
  });
  await page.goto(station.url + path);
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() };
}

/** The rows of the list, and one of them. */
export const rows = (page: Page) => page.locator(".kenh-row");
export const row = (page: Page, id: string) => page.locator(`.kenh-row[data-id="${id}"]`);
export const rowIds = (page: Page) =>
  rows(page).evaluateAll((found) =>
    found
      .toSorted(
        (a, b) => Number(a.getAttribute("aria-posinset")) - Number(b.getAttribute("aria-posinset")),
      )
      .map((one) => one.getAttribute("data-id")),
  );

/** Asks for what is new until this alarm is among it: it may be on its way yet. */
export const bringIn = (page: Page, id: string) =>
  until(async () => {
    await page.keyboard.press("n");
    return row(page, id).isVisible();
  }, `the new alarm ${id}`);

/**
 * Stops the page's clock, not its timers: what is offered for some seconds stays as long as a slow
 * machine needs to take it.
 */
export const stopClock = (page: Page) => page.clock.setFixedTime(Date.now());

/** What axe finds wrong. */
export async function violations(page: Page): Promise<string[]> {
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(readFileSync(axe, "utf8"));
  const found = (await page.evaluate("axe.run().then((result) => result.violations)")) as readonly {
    readonly id: string;
    readonly nodes: readonly { html: string }[];
  }[];
  return found.map(
    ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`,
  );
}

/** Boxes whose content is larger than they are: text that is cut, or a layout that bursts. */
export function burst(page: Page, selectors: string): Promise<string[]> {
  return page.evaluate(
    `[...document.querySelectorAll(${JSON.stringify(selectors)})]
      .filter((one) => one.clientWidth > 0 && (one.scrollWidth > one.clientWidth + 1 ||
        // Letters reach a little out of their line; another line would not fit into this.
        one.className === "kenh-reading" &&
          one.scrollHeight > one.clientHeight + 0.3 * parseFloat(getComputedStyle(one).fontSize)))
      .map((one) => one.className + ": " + one.textContent)`,
  ) as Promise<string[]>;
}

/** Saves what is on the screen for people to look at. */
export async function picture(page: Page, name: string): Promise<void> {
  if (!pictures) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`) });
}
