// Puts the page together: node build.mjs NODE_MODULES OUT.html
//
// index.html names one style sheet and one module; esbuild bundles each with all that
// it imports, and the result is put in the place where it was named, so that one file
// is the whole page. Nothing in it may point to anywhere else: that is checked here.
import { createRequire } from 'node:module';
import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const [modules, out] = process.argv.slice(2).map((arg) => resolve(arg));
if (!out) {
    console.error('usage: build.mjs NODE_MODULES OUT.html');
    process.exit(64);
}
const esbuild = createRequire(join(modules, 'x'))('esbuild');

/** One file with all that it imports, as text. */
async function bundle(entry) {
    const result = await esbuild.build({
        entryPoints: [join(here, entry)],
        bundle: true,
        write: false,
        minify: true,
        format: 'iife',
        platform: 'browser',
        // A till's tablet may be some years old.
        target: ['chrome100', 'firefox102', 'safari15'],
        charset: 'utf8',
        legalComments: 'inline',
        loader: { '.svg': 'dataurl', '.woff2': 'dataurl' },
        nodePaths: [modules],
        logLevel: 'warning',
        define: { 'process.env.NODE_ENV': '"production"' },
    });
    return result.outputFiles[0].text;
}

/** Replaces each element that `pattern` finds by what `make` says of the file it names. */
async function inline(html, pattern, make) {
    for (const [element, file] of [...html.matchAll(pattern)]) {
        const text = await make(file);
        html = html.replace(element, () => text);
    }
    return html;
}

/** What a browser would fetch: there must be none of it. */
function fetched(html) {
    const found = [];
    for (const [, tag] of html.matchAll(/<(?:link|script|img|iframe|source)\b([^>]*)>/gi)) {
        const target = /\b(?:src|href)\s*=\s*["']?([^"'\s>]+)/i.exec(tag);
        if (target && !target[1].startsWith('data:')) {
            found.push(target[1]);
        }
    }
    for (const [, style] of html.matchAll(/<style>([\s\S]*?)<\/style>/g)) {
        for (const [, url] of style.matchAll(/(?:@import|url\()\s*["']?((?!data:|#)[^"')\s]+)/g)) {
            found.push(url);
        }
    }
    return found;
}

/**
 * The licences of what is bundled, as they ask for: each text once, with all who hold
 * rights under it. mqtt.js comes with its own dependencies already inside.
 */
function licences() {
    const texts = new Map(); // licence -> {text, holders}
    const claim = /^[^\w\n]*copyright (?!notice|holder).*$/im;
    const seen = new Set();
    const todo = ['mqtt', 'uplot'];
    for (let name = todo.shift(); name; name = todo.shift()) {
        const folder = join(modules, name);
        if (seen.has(name) || name.startsWith('@types/')) {
            continue;
        }
        seen.add(name);
        const about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
        todo.push(...Object.keys(about.dependencies ?? {}));
        const file = readdirSync(folder).find((f) => /^licen[cs]e/i.test(f));
        const whole = file ? readFileSync(join(folder, file), 'utf8') : '';
        const holder = claim.exec(whole)?.[0].replace(/^\W+|[*#<>`]+/g, ' ').replace(/\s+/g, ' ').trim();
        const bare = whole.replace(new RegExp(claim, 'gim'), '').trim();
        const kept = texts.get(about.license) ?? { text: bare, holders: [] };
        kept.text = bare && bare.length < kept.text.length ? bare : kept.text;
        texts.set(about.license, kept);
        kept.holders.push(`${name} ${about.version}: ${holder || 'its authors'}`);
    }
    const parts = [...texts].map(([licence, { text, holders }]) =>
        `${licence}\n\n${holders.sort().join('\n')}\n\n${text}`);
    return `<!--\nThis page holds, beside Third Ring (MIT):\n\n${parts.join('\n\n').replace(/--+/g, '-')}\n-->\n`;
}

let html = readFileSync(join(here, 'index.html'), 'utf8');
html = await inline(html, /<link\b[^>]*\brel="stylesheet"[^>]*\bhref="([^"]+)"[^>]*>/g,
    async (file) => `<style>${await bundle(file)}</style>`);
html = await inline(html, /<script\b[^>]*\bsrc="([^"]+)"[^>]*><\/script>/g,
    // Deferred as a module is, so that the script may stand in the head.
    async (file) => `<script type="module">${await bundle(file)}</script>`);
const strangers = fetched(html.replace(/<script type="module">[\s\S]*?<\/script>/g, ''));
if (strangers.length > 0) {
    console.error(`dashboard: not self-contained: ${strangers.join(', ')}`);
    process.exit(1);
}
html += licences();
mkdirSync(dirname(out), { recursive: true });
writeFileSync(`${out}.new`, html);
renameSync(`${out}.new`, out);
console.log(`dashboard: ${out}, ${Math.ceil(html.length / 1024)} kB`);
