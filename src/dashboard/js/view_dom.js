/**
 * The little that a page without a framework needs: elements made from a call, and
 * changed only where something is different, so that focus, selection and screen
 * readers are left in peace.
 */
const SVG = 'http://www.w3.org/2000/svg';

function fill(el, attrs, children) {
    for (const [name, value] of Object.entries(attrs || {})) {
        if (value === null || value === undefined || value === false) continue;
        if (name.startsWith('on')) el.addEventListener(name.slice(2), value);
        else el.setAttribute(name, value === true ? '' : String(value));
    }
    for (const child of children.flat()) {
        if (child !== null && child !== undefined && child !== false) el.append(child);
    }
    return el;
}

/** h('p', {class: 'soft'}, 'text', node, …): an element of HTML; on… are listeners. */
export function h(tag, attrs, ...children) {
    return fill(document.createElement(tag), attrs, children);
}

/** The same in SVG. */
export function s(tag, attrs, ...children) {
    return fill(document.createElementNS(SVG, tag), attrs, children);
}

/** Text of an element, touched only when it is another. */
export function text(el, value) {
    const string = value === null || value === undefined ? '' : String(value);
    if (el.textContent !== string) el.textContent = string;
    return el;
}

/** An attribute, likewise; null takes it away. */
export function attr(el, name, value) {
    if (value === null || value === undefined || value === false) {
        if (el.hasAttribute(name)) el.removeAttribute(name);
    } else if (el.getAttribute(name) !== String(value)) {
        el.setAttribute(name, String(value));
    }
    return el;
}

export function show(el, yes) {
    if (el.hidden === Boolean(yes)) el.hidden = !yes;
    return el;
}

/**
 * Replace the children by what make() returns, but only when key says that it would
 * be something else than the last time.
 */
export function renew(el, key, make) {
    const now = JSON.stringify(key);
    if (el.trKey === now) return el;
    el.trKey = now;
    el.replaceChildren(
        ...[make()].flat().filter((x) => x !== null && x !== undefined && x !== false),
    );
    return el;
}

/**
 * Keep one child of parent for each item, in their order. make(item) gives an object
 * with el and update(item); it lives as long as its key is there.
 */
export function keyed(parent, items, keyOf, make) {
    parent.trParts ??= new Map();
    const parts = parent.trParts;
    const alive = new Set(items.map(keyOf));
    for (const [key, part] of parts) {
        if (!alive.has(key)) {
            part.el.remove();
            parts.delete(key);
        }
    }
    items.forEach((item, i) => {
        const key = keyOf(item);
        let part = parts.get(key);
        if (!part) parts.set(key, (part = make(item)));
        if (parent.children[i] !== part.el)
            parent.insertBefore(part.el, parent.children[i] || null);
        part.update(item, i);
    });
}
