// A browser on a string: one JSON object a line comes in, one goes out for each.
//
//   {"do":"open","page":"a","url":"http://…","width":390,"height":844,"scheme":"dark"}
//   {"do":"eval","page":"a","js":"document.title"}    -> {"value":"…"}
//
// What goes wrong is {"error":"…"}. tests/tools/browser.py is the other end.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const require = createRequire(`${process.env.TR_MODULES}/`);
const { chromium } = require('playwright-core');
const axePath = require.resolve('axe-core/axe.min.js');

const pages = new Map(); // name -> {page, context, cdp, complaints}
let browser;

// How long the page's own thread was ever away, seen from within.
function watchThread() {
    let last = performance.now();
    window.longestGapMs = 0;
    setInterval(() => {
        const now = performance.now();
        window.longestGapMs = Math.max(window.longestGapMs, now - last);
        last = now;
    }, 20);
}

async function open({ page: name, url, width = 1280, height = 800, scheme = 'light', touch = false,
    scale = 1, storage = {}, reduced = false, forced = false }) {
    const context = await browser.newContext({
        viewport: { width, height }, colorScheme: scheme, hasTouch: touch, isMobile: touch,
        deviceScaleFactor: scale, locale: 'en-GB', timezoneId: 'Europe/London',
        reducedMotion: reduced ? 'reduce' : 'no-preference', forcedColors: forced ? 'active' : 'none',
    });
    context.setDefaultTimeout(90_000);
    const page = await context.newPage();
    const complaints = [];
    const requests = [];
    page.on('pageerror', (e) => complaints.push(`${e.name}: ${e.message}`));
    page.on('console', (m) => m.type() === 'error' && complaints.push(`console: ${m.text()}`));
    page.on('request', (r) => requests.push(r.url()));
    page.on('websocket', (w) => requests.push(w.url()));
    await page.addInitScript(watchThread);
    await page.addInitScript((all) => {
        for (const [key, value] of Object.entries(all)) {
            localStorage.setItem(key, value);
        }
    }, storage);
    pages.set(name, { page, context, complaints, requests, cdp: await context.newCDPSession(page) });
    await page.goto(url, { waitUntil: 'load' });
    return {};
}

// What still hangs on the page once garbage is gone.
async function memory({ cdp }) {
    await cdp.send('HeapProfiler.collectGarbage');
    await cdp.send('Performance.enable');
    const { metrics } = await cdp.send('Performance.getMetrics');
    return { value: Object.fromEntries(metrics.map((m) => [m.name, m.value])) };
}

async function axe({ page }) {
    await page.addScriptTag({ path: axePath }).catch(async () => {
        const { readFileSync } = await import('node:fs'); // a policy that forbids script elements
        await page.evaluate(readFileSync(axePath, 'utf8'));
    });
    const found = await page.evaluate(() => window.axe.run(document, {
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    }));
    return {
        passes: found.passes.length,
        value: found.violations.map((v) => `${v.id} (${v.impact}): ${v.help}: ${v.nodes.slice(0, 4)
            .map((n) => `${n.target.join(' ')} [${n.any.concat(n.all).slice(0, 1).map((a) => a.message)}]`)
            .join('; ')}`),
    };
}

const verbs = {
    open,
    memory: (q) => memory(pages.get(q.page)),
    axe: (q) => axe(pages.get(q.page)),
    async eval(q) {
        return { value: await pages.get(q.page).page.evaluate(q.js) };
    },
    async shot(q) {
        await pages.get(q.page).page.screenshot({ path: q.path, fullPage: q.full ?? false });
        return {};
    },
    async click(q) {
        await pages.get(q.page).page.click(q.at);
        return {};
    },
    async fill(q) {
        await pages.get(q.page).page.fill(q.at, q.text);
        return {};
    },
    async key(q) {
        await pages.get(q.page).page.keyboard.press(q.key);
        return {};
    },
    async reload(q) {
        await pages.get(q.page).page.reload({ waitUntil: 'load' });
        return {};
    },
    async leave(q) { // the page goes, what it keeps in the browser stays
        await pages.get(q.page).page.goto('about:blank');
        return {};
    },
    async go(q) {
        await pages.get(q.page).page.goto(q.url, { waitUntil: 'load' });
        return {};
    },
    async size(q) {
        await pages.get(q.page).page.setViewportSize({ width: q.width, height: q.height });
        return {};
    },
    async scheme(q) {
        await pages.get(q.page).page.emulateMedia({ colorScheme: q.scheme, media: q.media ?? null });
        return {};
    },
    complaints: (q) => ({ value: pages.get(q.page).complaints.splice(0) }),
    requests: (q) => ({ value: pages.get(q.page).requests }),
    async close(q) {
        await pages.get(q.page).context.close();
        pages.delete(q.page);
        return {};
    },
};

browser = await chromium.launch({
    executablePath: process.env.TR_CHROMIUM,
    timeout: 90_000, // a machine that does much else
    // CI is root, and its /dev/shm may be small; nothing comes from outside this machine
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--force-color-profile=srgb'],
});
console.log(JSON.stringify({ version: browser.version() }));
for await (const line of createInterface({ input: process.stdin })) {
    let answer;
    try {
        const question = JSON.parse(line);
        answer = await verbs[question.do](question);
    } catch (e) {
        answer = { error: String(e.message ?? e) };
    }
    console.log(JSON.stringify(answer));
}
await browser.close();
