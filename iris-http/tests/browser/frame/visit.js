/** A page in a real browser, with everything that goes wrong on it written down. */

import { mkdirSync } from "node:fs";
import path from "node:path";

import axe from "axe-core";
import { chromium } from "playwright-core";

import { REPOSITORY } from "./server.js";

const PICTURES = path.join(REPOSITORY, "target/browser");

/** Debian's Chromium, or the one that `CHROMIUM` names. */
export function launch() {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  return chromium.launch({ executablePath, args: ["--no-sandbox"] });
}

/**
 * Opens `url` in a context of its own.
 *
 * `faults` fills up with errors on the console, exceptions, violations of the content security
 * policy, and requests to anywhere but the page's own origin; `answers` with what was answered.
 *
 * @param {import("playwright-core").Browser} browser
 * @param {string} url
 * @param {import("playwright-core").BrowserContextOptions} options
 */
export async function visit(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const faults = [];
  const answers = [];
  const { origin } = new URL(url);
  // In the page, so that what violates the policy is told whatever the console makes of it.
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`policy: ${event.effectiveDirective} forbids ${event.blockedURI} (${event.sample})`);
    });
  });
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`exception: ${error.stack}`));
  page.on("request", (request) => {
    const to = new URL(request.url());
    if (to.origin !== origin && !["data:", "blob:"].includes(to.protocol)) faults.push(`elsewhere: ${to}`);
  });
  page.on("requestfailed", (request) => faults.push(`failed: ${request.url()} ${request.failure()?.errorText}`));
  page.on("response", (response) => answers.push(response));
  await page.goto(url);
  return { page, faults, answers, close: () => context.close() };
}

/**
 * What axe-core finds fault with, a line for each rule and element: `rule: selector`.
 *
 * @param {import("playwright-core").Page} page
 * @returns {Promise<string[]>}
 */
export async function inaccessible(page) {
  // Through the debugger, for which the page's policy does not count.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(" ")}`));
}

/** A picture of the page under target/browser, for people to look at. */
export async function picture(page, name, options = {}) {
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: path.join(PICTURES, `${name}.png`), ...options });
}
