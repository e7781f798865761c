/** Which station (and unit) a view shows: a row of links, #VIEW/STATION[/SITE/UNIT]. */
import { attr, h, keyed, text } from './view_dom.js';
import { bounds, judge } from './view_sums.js';

const placeKey = ({ unit, st }) => `${unit.key} ${st.id}`;

/** The stations that have waits, of all units, each with its unit. */
export function places(units) {
    return units.flatMap((unit) =>
        unit.stations.filter((st) => st.kind !== 'feedback').map((st) => ({ unit, st })),
    );
}

/**
 * The one that the address names, else the one that needs it most: furthest below target.
 * That is chosen once: under a reader's eyes it does not become another. (memory: the view's.)
 */
export function chosen(units, rest, memory = {}) {
    const all = places(units);
    const [station, site, name] = rest;
    const named = all.find(
        ({ unit, st }) => st.id === station && (!name || unit.key === `${site}/${name}`),
    );
    if (named) return named;
    const before = all.find((place) => placeKey(place) === memory.key);
    if (before && !station) return before;
    let found = null;
    for (const place of all) {
        const { st } = place,
            b = bounds(st);
        const lack = ['met', 'below', 'unsure'].includes(judge(b)) ? b.goal - b.pct : -1000;
        if (!found || lack > found.lack) found = { lack, place };
    }
    if (found && found.lack > -1000) memory.key = placeKey(found.place);
    return found ? found.place : null;
}

/** The address of a station's page; more is what the view adds behind it. */
export function address(view, { unit, st }, many) {
    const tail = many ? `/${encodeURIComponent(unit.site)}/${encodeURIComponent(unit.unit)}` : '';
    return `#${view}/${encodeURIComponent(st.id)}${tail}`;
}

export function picker(app, view) {
    const el = h('nav', { class: 'pick', 'aria-label': app.t('pick.label') });
    return {
        el,
        update(units, now) {
            const many = units.length > 1;
            keyed(
                el,
                places(units),
                ({ unit, st }) => `${unit.key} ${st.id}`,
                () => {
                    const a = h('a');
                    return {
                        el: a,
                        update(place) {
                            text(a, many ? `${place.unit.name}: ${place.st.name}` : place.st.name);
                            attr(a, 'href', address(view, place, many));
                            attr(
                                a,
                                'aria-current',
                                now && now.unit.key === place.unit.key && now.st.id === place.st.id
                                    ? 'true'
                                    : null,
                            );
                        },
                    };
                },
            );
        },
    };
}
