// Opens the gateway in headless Chromium as a person would.
//
//   node check.mjs BASEURL [--out FOLDER]
//
// - Mirador opens the manifest of an object that has pictures and draws tiles.
// - A plain OpenSeadragon opens the image service of the same object and draws tiles.
// - The object page's own viewer draws tiles.
// - Home, search and object pages: screenshots at 1280 and 375 pixels, no sideways scrolling at 375,
//   no serious or critical finding of axe-core, usable without JavaScript, nothing asked from
//   anywhere but the gateway.
import { chromium } from "playwright-core";
import { createServer } from "node:http";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const base = process.argv[2].replace(/\/$/, "");
const out = process.argv.includes("--out") ? process.argv[process.argv.indexOf("--out") + 1] : "screenshots";
mkdirSync(out, { recursive: true });

const executablePath = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => path && existsSync(path));
if (!executablePath) {
  console.log("skipped: no Chromium on this machine (set CHROMIUM)");
  process.exit(0);
}

// Colours that make a drawn picture.
const ENOUGH = 200;

let passed = 0;
const failures = [];
function check(good, text) {
  if (good) passed += 1;
  else {
    failures.push(text);
    console.log(`FAIL ${text}`);
  }
}

const json = async (url) => (await fetch(url)).json();

// The first manifests that the collections lead to.
async function findManifests(url, wanted, found = [], depth = 0) {
  const collection = await json(url);
  for (const item of collection.items ?? []) {
    if (found.length >= wanted) break;
    if (item.type === "Manifest") found.push(item.id);
    else if (depth < 6) await findManifests(item.id, wanted, found, depth + 1);
  }
  return found;
}

// Viewers are pages of another origin, as they are in the world: CORS has to be right.
const file = (path) => readFileSync(new URL(`node_modules/${path}`, import.meta.url));
const host = createServer((request, response) => {
  const url = new URL(request.url, "http://viewer");
  const send = (type, body) => response.writeHead(200, { "content-type": type }).end(body);
  if (url.pathname === "/mirador.js") return send("text/javascript", file("mirador/dist/mirador.min.js"));
  if (url.pathname === "/osd.js") return send("text/javascript", file("openseadragon/build/openseadragon/openseadragon.min.js"));
  const target = JSON.stringify(url.searchParams.get("of"));
  if (url.pathname === "/mirador") {
    return send("text/html", `<!doctype html><meta charset=utf-8><title>Mirador</title><div id=m style="position:absolute;inset:0"></div><script src=/mirador.js></script><script>Mirador.viewer({id:"m",windows:[{manifestId:${target}}],osdConfig:{drawer:"canvas",crossOriginPolicy:"Anonymous"}})</script>`);
  }
  if (url.pathname === "/osd") {
    return send("text/html", `<!doctype html><meta charset=utf-8><title>OpenSeadragon</title><div id=o style="position:absolute;inset:0"></div><script src=/osd.js></script><script>window.v=OpenSeadragon({id:"o",drawer:"canvas",crossOriginPolicy:"Anonymous",showNavigationControl:false,tileSources:${target}})</script>`);
  }
  response.writeHead(404).end();
});
await new Promise((resolve) => host.listen(0, "127.0.0.1", resolve));
const viewer = `http://127.0.0.1:${host.address().port}`;

const browser = await chromium.launch({ executablePath, headless: true, args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });

async function open(width, options = {}) {
  const context = await browser.newContext({ viewport: { width, height: width < 600 ? 812 : 900 }, locale: "fr-FR", ...options });
  const page = await context.newPage();
  page.seen = { images: 0, failed: [], errors: [], foreign: [] };
  await context.route("**/*", (route) => {
    const url = route.request().url();
    if (/^https?:/.test(url) && !url.startsWith(base) && !url.startsWith(viewer)) {
      page.seen.foreign.push(url);
      return route.abort();
    }
    return route.continue();
  });
  page.on("pageerror", (error) => page.seen.errors.push(String(error)));
  page.on("response", (response) => {
    if (!/\/iiif\/[23]\//.test(response.url()) || response.url().endsWith("info.json")) return;
    if (response.ok()) page.seen.images += 1;
    else page.seen.failed.push(`${response.status()} ${response.url()}`);
  });
  return page;
}

// Colours in the picture of the largest canvas, as the screen shows it: works for WebGL too. A viewer
// that draws nothing has one or two.
const counter = await (await browser.newContext()).newPage();
async function drawn(page) {
  let largest = null;
  for (const canvas of await page.locator("canvas").all()) {
    const box = await canvas.boundingBox();
    if (box && box.width * box.height > (largest?.width ?? 0) * (largest?.height ?? 0)) largest = box;
  }
  if (!largest || largest.width < 50 || largest.height < 50) return 0;
  const shot = await page.screenshot({ clip: largest });
  return counter.evaluate(async (url) => {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, image.width, image.height);
    const colours = new Set();
    for (let i = 0; i < data.length; i += 4 * 97) colours.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
    return colours.size;
  }, `data:image/png;base64,${shot.toString("base64")}`);
}

async function tilesDrawn(page, name) {
  const end = Date.now() + 60000;
  let colours = 0;
  // Drawn, and nothing more asked for: the tiles in sight are there.
  while (Date.now() < end && colours <= ENOUGH) {
    await page.waitForLoadState("networkidle", { timeout: 60000 }).catch(() => {});
    colours = await drawn(page);
  }
  await page.screenshot({ path: join(out, `${name}.png`) });
  check(colours > ENOUGH, `${name}: ${colours} colours drawn`);
  check(page.seen.images > 0, `${name}: no tile asked for`);
  check(page.seen.failed.length === 0, `${name}: ${page.seen.failed.slice(0, 3)}`);
  check(page.seen.errors.length === 0, `${name}: ${page.seen.errors.slice(0, 3)}`);
  check(page.seen.foreign.length === 0, `${name}: asks elsewhere: ${page.seen.foreign.slice(0, 3)}`);
  console.log(`${name}: ${page.seen.images} images, ${colours} colours`);
}

try {
  const manifests = await findManifests(`${base}/iiif/presentation/3/collection`, 3);
  check(manifests.length > 0, "no manifest in the collections");
  let object = null;
  for (const id of manifests.slice(0, 2)) {
    const manifest = await json(id);
    check(manifest.id === id, `${id}: calls itself ${manifest.id}`);
    const name = id.match(/\/([^/]+)\/manifest$/)?.[1] ?? "object";
    object ??= name;
    const mirador = await open(1280);
    await mirador.goto(`${viewer}/mirador?of=${encodeURIComponent(id)}`);
    await tilesDrawn(mirador, `mirador-${name}`);
    const body = manifest.items?.[0]?.items?.[0]?.items?.[0]?.body;
    const service = body?.service?.[0]?.id;
    check(Boolean(service), `${id}: no image service`);
    if (service) {
      const osd = await open(1280);
      await osd.goto(`${viewer}/osd?of=${encodeURIComponent(`${service}/info.json`)}`);
      await tilesDrawn(osd, `openseadragon-${name}`);
    }
  }

  const [source] = await json(`${base}/api/v1/sources`);
  const quality = { quality: "/quality", "quality-source": `/quality/source/${source.id}` };
  const pages = { ...quality, home: "/", search: "/search", "search-query": "/search?q=cath%C3%A9drale", object: `/object/${object}` };
  const axe = file("axe-core/axe.min.js").toString("utf8");
  for (const [name, path] of Object.entries(pages)) {
    for (const width of [1280, 375]) {
      const page = await open(width);
      const response = await page.goto(base + path, { waitUntil: "load" });
      check(response.ok(), `${name}: ${response.status()}`);
      await page.screenshot({ path: join(out, `${name}-${width}.png`), fullPage: true });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      check(wide <= 0, `${name} at ${width}: ${wide} pixels too wide`);
      check(page.seen.foreign.length === 0, `${name}: asks elsewhere: ${page.seen.foreign.slice(0, 3)}`);
      await page.evaluate(axe);
      const result = await page.evaluate(() => axe.run(document, { runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice", "RGAAv4"] } }));
      for (const violation of result.violations) {
        const line = `${name} at ${width}: axe ${violation.impact} ${violation.id}: ${violation.nodes[0]?.target} (${violation.nodes.length})`;
        if (["serious", "critical"].includes(violation.impact)) check(false, line);
        else console.log(`note ${line}`);
      }
      check(result.passes.length > 0, `${name} at ${width}: axe looked at nothing`);
      if (name === "object" && width === 1280) {
        // The page's own viewer is loaded when it is asked for.
        await page.locator("[data-viewer] .zoom button").click();
        await page.evaluate(() => scrollTo(0, 0));
        await tilesDrawn(page, "object-viewer");
      }
      await page.context().close();
    }
  }

  // Without JavaScript: type, send, open the first result.
  const plain = await open(1280, { javaScriptEnabled: false });
  await plain.goto(`${base}/`);
  await plain.locator("form input[name=q]").first().fill("cathédrale");
  await plain.locator("form input[name=q]").first().press("Enter");
  await plain.waitForURL(/\/search/);
  const results = plain.locator("main a[href*='/object/']");
  check((await results.count()) > 0, "without JavaScript: the search gives no result");
  await plain.screenshot({ path: join(out, "search-without-javascript.png"), fullPage: true });
  await results.first().click();
  check(/\/object\//.test(plain.url()), `without JavaScript: the result leads to ${plain.url()}`);
} catch (error) {
  check(false, String(error.stack ?? error));
} finally {
  await browser.close();
  host.close();
}
console.log(`screenshots in ${out}`);
console.log(`${passed} passed, ${failures.length} failed`);
process.exit(failures.length ? 1 : 0);
