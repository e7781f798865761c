/** Which station (and unit) a view shows: a row of links, #VIEW/STATION[/SITE/UNIT]. */
import { attr, h, keyed, text } from './view_dom.js';

/** The stations that have waits, of all units, each with its unit. */
export function places(units) {
    return units.flatMap((unit) =>
        unit.stations.filter((st) => st.kind !== 'feedback').map((st) => ({ unit, st })),
    );
}

/** The one that the address names, else the one that needs it most: furthest below target. */
export function chosen(units, rest) {
    const all = places(units);
    const [station, site, name] = rest;
    const named = all.find(
        ({ unit, st }) => st.id === station && (!name || unit.key === `${site}/${name}`),
    );
    if (named) return named;
    let found = null;
    for (const place of all) {
        const { st } = place,
            pct = st.metrics?.day_pct ?? null;
        const lack = pct === null || !st.target ? -1000 : st.target.percent - pct;
        if (!found || lack > found.lack) found = { lack, place };
    }
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
