/**
 * A button that tells the unit something, and what became of it: never a press that
 * looks as if it had worked. Gone where the broker said that it is not allowed.
 */
import { attr, h, show, text } from './view_dom.js';

/** The sentence for an answer of connection.command(). */
export function sentence(t, answer) {
    if (answer.ok) return t('cmd.done');
    return t(`cmd.${answer.why}`, { text: answer.text || '–' });
}

/**
 * button(app, 'ack', () => payload, class, () => label): part.el, and part.update(key,
 * wanted): shown while wanted, and the answer for some seconds longer.
 */
export function button(app, name, payload, cls, label) {
    const { t } = app;
    let unit = null,
        busy = false,
        told = null;
    const press = h('button', { type: 'button', class: cls, 'data-command': name, onclick: send });
    const answer = h('span', { class: 'answer', role: 'status' });
    const el = h('span', { class: 'do' }, press, answer);
    async function send() {
        if (busy) return;
        busy = true;
        told = null;
        text(answer, t('cmd.sent'));
        attr(answer, 'class', 'answer');
        attr(press, 'aria-disabled', 'true');
        const result = await app.connection.command(unit, name, payload());
        busy = false;
        told = performance.now();
        attr(press, 'aria-disabled', null);
        text(answer, sentence(t, result));
        attr(answer, 'class', `answer ${result.ok ? 'good' : 'bad'}`);
    }
    function update(key, wanted) {
        unit = key;
        if (told !== null && performance.now() - told > 12000) {
            told = null;
            text(answer, '');
        }
        const may = app.connection.can(name) !== 'no';
        text(press, label());
        show(press, (wanted && may) || busy);
        show(el, busy || told !== null || (wanted && may));
    }
    return { el, update };
}
