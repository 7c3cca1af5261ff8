/**
 * Style sheets for shadow roots: fetched once, adopted everywhere. Unlike a <style> element this is allowed by a strict
 * Content-Security-Policy, and unlike a <link> nothing is ever shown without its styles.
 */

const sheets = new Map();
let hasFonts = false;

/** Return the sheets at these addresses, relative to the calling module: `loadSheets(import.meta.url, "./x.css")`. */
export function loadSheets(base, ...paths) {
  return Promise.all(paths.map((path) => loadSheet(new URL(path, base).href)));
}

function loadSheet(url) {
  if (!sheets.has(url)) sheets.set(url, fetchSheet(url));
  return sheets.get(url);
}

async function fetchSheet(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`The style sheet ${url} cannot be loaded: ${response.status}`);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(await response.text());
  return sheet;
}

/** Make the font of the drawings known to the document; shadow roots cannot do it for themselves. */
export function loadFonts() {
  if (hasFonts) return;
  hasFonts = true;
  for (const [weight, name] of [
    ["400", "Regular"],
    ["700", "Bold"],
  ]) {
    const url = new URL(`../fonts/CanvasJobsSans-${name}.ttf`, import.meta.url).href;
    document.fonts.add(new FontFace("Canvas Jobs Sans", `url("${url}")`, { weight, display: "swap" }));
  }
}
