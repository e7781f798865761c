/**
 * Every word of the page. A row is a text, a column a language: to add one, name it in
 * LANGUAGES and fill its column; a test says which rows are not complete.
 *
 * {name} stands for a parameter. Where a text has two forms, "one|other", parameter n
 * decides (by the language's own rule).
 */

export const LANGUAGES = ['en', 'de'];

export const TABLE = {
    // --- the connection
    'link.connecting': ['connecting', 'verbindet'],
    'link.up': ['connected', 'verbunden'],
    'link.down': ['no connection', 'keine Verbindung'],
    'link.ask': ['please sign in', 'bitte anmelden'],
    'link.why.unreachable': ['The broker {broker} does not answer.', 'Der Broker {broker} antwortet nicht.'],
    'link.why.lost': ['The connection was lost.', 'Die Verbindung ist abgerissen.'],
    'link.why.password': ['User or password is wrong.', 'Name oder Passwort ist falsch.'],
    'link.why.not_allowed': ['The broker does not let us in without a user and a password.', 'Der Broker lässt niemanden ohne Namen und Passwort ein.'],
    'link.why.taken': ['This browser is connected in another tab; this one keeps nothing while it is away.', 'Dieser Browser ist in einem anderen Tab verbunden; dieser hier bekommt nichts nachgereicht.'],
    'link.why.broker': ['The broker ended the connection: {detail}.', 'Der Broker hat die Verbindung beendet: {detail}.'],
    'link.why.address': ['{broker} is no address of a broker. It looks like ws://shop:9001/mqtt.', '{broker} ist keine Adresse eines Brokers. Sie sieht aus wie ws://laden:9001/mqtt.'],
    'link.retry_in': ['Next try in {n} s.', 'Nächster Versuch in {n} s.'],
    'link.other': ['Sign in, or another broker', 'Anmelden, oder anderer Broker'],
    'link.refused': ['The broker does not let you read all of it: {topics}.', 'Der Broker lässt Sie nicht alles lesen: {topics}.'],
    'link.silent': ['Connected, but no shop says anything: either none is there, or you may not read it.', 'Verbunden, aber kein Laden meldet sich: Entweder ist keiner da, oder Sie dürfen nichts lesen.'],
    'link.retry': ['Try now', 'Jetzt versuchen'],

    // --- signing in
    'login.title': ['Sign in to the shop’s broker', 'Beim Broker des Ladens anmelden'],
    'login.user': ['User', 'Name'],
    'login.password': ['Password', 'Passwort'],
    'login.broker': ['Broker', 'Broker'],
    'login.go': ['Sign in', 'Anmelden'],
    'login.out': ['Sign out', 'Abmelden'],
    'login.kept': ['Kept in this tab only, until it is closed.', 'Bleibt nur in diesem Tab, bis er geschlossen wird.'],
    'login.clear': ['Sent unencrypted: whoever listens on this network can read it.', 'Wird unverschlüsselt gesendet: Wer in diesem Netz mithört, kann es lesen.'],

    // --- how fresh a figure is
    'fresh.live': ['live', 'aktuell'],
    'fresh.held': ['as last heard', 'wie zuletzt gehört'],
    'fresh.stale': ['silent for {span}', 'seit {span} still'],
    'fresh.offline': ['offline', 'offline'],
    'fresh.link': ['not connected', 'nicht verbunden'],
    'fresh.unknown': ['nothing heard yet', 'noch nichts gehört'],

    // --- how bad a wait is
    'word.ok': ['in time', 'in der Zeit'],
    'word.at_risk': ['at risk', 'knapp'],
    'word.late': ['late', 'zu spät'],
    'word.critical': ['critical', 'dringend'],
    'word.closed': ['closed', 'geschlossen'],
    'word.blind': ['not measured', 'nicht gemessen'],
    'word.none': ['not known', 'unbekannt'],

    // --- kinds, outcomes, who closed it
    'kind.greeting': ['greeting', 'Begrüßung'],
    'kind.queue': ['line', 'Schlange'],
    'kind.call': ['call', 'Ruf'],
    'kind.phone': ['telephone', 'Telefon'],
    'kind.feedback': ['feedback', 'Rückmeldung'],
    'outcome.answered': ['answered', 'bedient'],
    'outcome.abandoned': ['gave up', 'aufgegeben'],
    'outcome.expired': ['never answered', 'nie bedient'],
    'outcome.void': ['no customer', 'kein Kunde'],
    'outcome.unknown': ['cannot be told', 'nicht zu sagen'],
    'by.sensor': ['seen by a sensor', 'von einem Sensor gesehen'],
    'by.staff': ['closed by a staff key', 'mit der Taste beendet'],
    'by.rule': ['closed by a rule', 'durch eine Regel beendet'],

    // --- sensors
    'health.ok': ['well', 'in Ordnung'],
    'health.stuck_on': ['stuck on', 'hängt, dauernd an'],
    'health.stuck_off': ['stuck off', 'hängt, dauernd aus'],
    'health.silent': ['silent for too long', 'zu lange still'],
    'health.storm': ['chatters', 'flattert'],
    'health.lost_edges': ['changes were lost', 'Signale gingen verloren'],

    // --- alerts
    'rule.wait': ['someone waits too long', 'jemand wartet zu lange'],
    'rule.length': ['the line is too long', 'die Schlange ist zu lang'],
    'rule.burning': ['too many were late', 'zu viele waren zu spät'],
    'rule.sensor': ['a sensor is out of order', 'ein Sensor ist gestört'],
    'rule.offline': ['nobody was watching', 'niemand hat gemessen'],
    'alert.raised': ['raised', 'gemeldet'],
    'alert.acked': ['seen', 'gesehen'],
    'alert.cleared': ['over', 'vorbei'],

    // --- commands
    'cmd.ack': ['I’m on it', 'Ich kümmere mich'],
    'cmd.mute': ['Mute for {n} min', '{n} min stumm'],
    'cmd.unmute': ['Sound on again', 'Ton wieder an'],
    'cmd.refresh': ['Ask again', 'Neu abfragen'],
    'cmd.sent': ['sent …', 'gesendet …'],
    'cmd.done': ['done', 'erledigt'],
    'cmd.no_link': ['Not sent: no connection.', 'Nicht gesendet: keine Verbindung.'],
    'cmd.not_allowed': ['The broker does not allow you to do that.', 'Der Broker erlaubt Ihnen das nicht.'],
    'cmd.nobody': ['Nobody heard it: the unit is not connected.', 'Niemand hat es gehört: Das Gerät ist nicht verbunden.'],
    'cmd.unanswered': ['No answer. It may not have been obeyed.', 'Keine Antwort. Vielleicht wurde es nicht ausgeführt.'],
    'cmd.refused': ['Refused: {text}.', 'Abgelehnt: {text}.'],

    // --- gaps
    'gap.records': ['{n} record is missing|{n} records are missing', '{n} Datensatz fehlt|{n} Datensätze fehlen'],
    'gap.unit': ['nobody was watching', 'niemand hat gemessen'],
    'gap.before': ['not known here', 'hier nicht bekannt'],

    // --- units of measurement
    'unit.s': ['{n} s', '{n} s'],
    'unit.min': ['{n} min', '{n} min'],
    'unit.h': ['{n} h', '{n} h'],
    'unit.h_min': ['{h} h {m} min', '{h} h {m} min'],
    'unit.days': ['{n} day|{n} days', '{n} Tag|{n} Tagen'], // after "seit" and "vor"
    'unit.rings': ['{n} ring|{n} rings', '{n} Klingelzeichen|{n} Klingelzeichen'],
    'unit.pct': ['{n} %', '{n} %'],

    // --- views: rows of js/view*.js and index.html
    'skip': ['Skip to the figures', 'Zu den Zahlen springen'],
    'nav.now': ['Now', 'Jetzt'],
    'nav.today': ['Today', 'Heute'],
    'nav.history': ['History', 'Verlauf'],
    'nav.label': ['Views', 'Ansichten'],
    'nav.wall': ['Show on a wall', 'Wandanzeige'],
    'nav.unwall': ['Leave the wall', 'Wandanzeige verlassen'],
    'theme.auto': ['Light or dark as the device is', 'Hell oder dunkel wie das Gerät'],
    'theme.light': ['Light', 'Hell'],
    'theme.dark': ['Dark', 'Dunkel'],
    'top.all': ['{n} shop|{n} shops', '{n} Laden|{n} Läden'],
    'foot.text': ['Straight from the shop’s own broker. Nothing leaves the shop.', 'Direkt vom Broker des Ladens. Nichts verlässt den Laden.'],
    'notice.link': ['No connection to the shop: what is shown is old.', 'Keine Verbindung zum Laden: Was hier steht, ist alt.'],
    'notice.offline': ['{name} is offline: nothing is heard of what happens there now.', '{name} ist offline: Was dort gerade geschieht, ist hier nicht zu hören.'],
    'notice.unheard': ['{name} says nothing: what is shown is old.', '{name} sagt nichts: Was hier steht, ist alt.'],
    'notice.stale': ['{name} has been silent for {span}: what is shown is old.', '{name} ist seit {span} still: Was hier steht, ist alt.'],
    'now.empty': ['Waiting for the shop to say something …', 'Warten auf den Laden …'],
    'hero.nobody': ['Nobody waits.', 'Niemand wartet.'],
    'hero.closed': ['Closed. Nobody waits.', 'Geschlossen. Niemand wartet.'],
    'hero.wait': ['{n} person waits.|{n} people wait.', '{n} Person wartet.|{n} Personen warten.'],
    'hero.longest_ok': ['Longest {wait}, {name}, in time.', 'Am längsten {wait}, {name}, in der Zeit.'],
    'hero.longest_none': ['Longest {wait}, {name}.', 'Am längsten {wait}, {name}.'],
    'hero.longest_risk': ['{name} is at risk: {wait}.', '{name} wird knapp: {wait}.'],
    'hero.longest_late': ['{name} is late: {wait}.', '{name} ist zu spät: {wait}.'],
    'hero.longest_crit': ['{name} is critical: {wait}. Serve now.', '{name} ist dringend: {wait}. Jetzt bedienen.'],
    'hero.link': ['Not connected: what happens now is not known.', 'Nicht verbunden: Was gerade geschieht, ist nicht bekannt.'],
    'hero.offline': ['Offline: what happens now is not known.', 'Offline: Was gerade geschieht, ist nicht bekannt.'],
    'hero.stale': ['Silent: what happens now is not known.', 'Still: Was gerade geschieht, ist nicht bekannt.'],
    'hero.unknown': ['Nothing heard yet.', 'Noch nichts gehört.'],
    'hero.day_none': ['Nothing to judge yet today.', 'Heute noch nichts zu beurteilen.'],
    'hero.below': ['Below target today: {names}.', 'Heute unter dem Ziel: {names}.'],
    'hero.not_sure': ['None is surely below target today; the sensors cannot tell of {names}.', 'Heute ist keine sicher unter dem Ziel; bei {names} können es die Sensoren nicht sagen.'],
    'hero.met': ['On target today: {names}.', 'Heute im Ziel: {names}.'],
    'hero.all_met': ['All stations are on target today.', 'Heute sind alle Stationen im Ziel.'],
    'promise.none': ['no promise', 'kein Versprechen'],
    'promise.ring1': ['promised by the first ring', 'versprochen beim ersten Klingeln'],
    'promise.ring2': ['promised by the second ring', 'versprochen beim zweiten Klingeln'],
    'promise.ring3': ['promised by the third ring', 'versprochen beim dritten Klingeln'],
    'promise.ring4': ['promised by the fourth ring', 'versprochen beim vierten Klingeln'],
    'promise.ring5': ['promised by the fifth ring', 'versprochen beim fünften Klingeln'],
    'promise.ring6': ['promised by the sixth ring', 'versprochen beim sechsten Klingeln'],
    'promise.rings': ['promised within {n} rings', 'versprochen binnen {n} Klingelzeichen'],
    'promise.seconds': ['promised within {wait}', 'versprochen binnen {wait}'],
    'tile.waiting': ['waiting|waiting', 'wartet|warten'],
    'tile.ring': ['ring {n}', 'Klingeln {n}'],
    'tile.longest': ['longest wait {wait}', 'längste Wartezeit {wait}'],
    'tile.served': ['{n} being served', '{n} wird bedient|{n} werden bedient'],
    'tile.acked': ['somebody is on it', 'jemand kümmert sich'],
    'was.never': ['Nothing was heard of it yet.', 'Davon war noch nichts zu hören.'],
    'was.ago': ['{age} ago', 'vor {age}'],
    'was.on': ['on {date}, {time}', 'am {date}, {time}'],
    'was.some': ['some time ago', 'vor einiger Zeit'],
    'was.nobody': ['Last heard {when}: nobody waited.', 'Zuletzt {when} gehört: niemand wartete.'],
    'was.waiting': ['Last heard {when}: {n} waited, the longest {wait}.', 'Zuletzt {when} gehört: {n} wartete, am längsten {wait}.|Zuletzt {when} gehört: {n} warteten, am längsten {wait}.'],
    'was.heard': ['Last heard {when}.', 'Zuletzt {when} gehört.'],
    'level.kept': ['kept today', 'heute gehalten'],
    'level.on': ['kept on {date}', 'am {date} gehalten'],
    'level.nothing_on': ['nothing to judge on {date}', 'am {date} nichts zu beurteilen'],
    'share.few': ['{kept} of {n}', '{kept} von {n}'],
    'level.nothing': ['nothing to judge yet today', 'heute noch nichts zu beurteilen'],
    'level.met': ['target {goal} met', 'Ziel {goal} erreicht'],
    'level.below': ['below target {goal}', 'unter dem Ziel {goal}'],
    'level.few': ['{kept} of {n}: too few to judge', '{kept} von {n}: zu wenige für ein Urteil'],
    'level.goal': ['target {goal}', 'Ziel {goal}'],
    'fact.came': ['came', 'kamen'],
    'fact.served': ['served', 'bedient'],
    'fact.median': ['typical wait', 'übliche Wartezeit'],
    'fact.p90': ['nine in ten within', 'neun von zehn binnen'],
    'fact.staffed': ['position staffed|positions staffed', 'Platz besetzt|Plätze besetzt'],
    'fact.streak': ['kept in a row', 'in Folge gehalten'],
    'fact.seen': ['of the day seen', 'des Tages gesehen'],
    'measuring.full': ['all is seen', 'alles wird gesehen'],
    'measuring.degraded': ['now seen in part only', 'jetzt nur teilweise gesehen'],
    'measuring.blind': ['now nobody is seen', 'jetzt wird niemand gesehen'],
    'votes.today': ['vote today|votes today', 'Stimme heute|Stimmen heute'],
    'votes.on': ['vote on {date}|votes on {date}', 'Stimme am {date}|Stimmen am {date}'],
    'votes.heard': ['vote heard here, not all|votes heard here, not all', 'Stimme hier gehört, nicht alle|Stimmen hier gehört, nicht alle'],
    'votes.unheard': ['The day’s votes were not heard here.', 'Die Stimmen des Tages waren hier nicht zu hören.'],
    'votes.week': ['vote last week|votes last week', 'Stimme letzte Woche|Stimmen letzte Woche'],
    'votes.none': ['none yet', 'noch keine'],
    'votes.few': ['fewer than five: not shown', 'weniger als fünf: nicht gezeigt'],
    'votes.mean': ['{mean} of 100 on average', '{mean} von 100 im Mittel'],
    'votes.ever': ['since counting began: {mean} of 100', 'seit Beginn der Zählung: {mean} von 100'],
    'votes.discarded': ['discarded (crowds, children)', 'verworfen (Gedränge, Kinder)'],
    'alert.since': ['for {age}', 'seit {age}'],
    'health.good': ['{n} sensor, all well|{n} sensors, all well', '{n} Sensor, alles in Ordnung|{n} Sensoren, alles in Ordnung'],
    'health.bad': ['{n} of {all} sensors out of order', '{n} von {all} Sensoren gestört'],
    'health.unknown': ['sensors: not known', 'Sensoren: nicht bekannt'],
    'input.on': ['on', 'an'],
    'input.off': ['off', 'aus'],
    'input.unknown': ['not known', 'unbekannt'],
    'own.figures': ['Unit: up {up}, {outbox} records to send, {lost} lost.', 'Gerät: läuft seit {up}, {outbox} Datensätze zu senden, {lost} verloren.'],
    'own.clock': ['Its clock may be wrong: durations are right, times of day may not be.', 'Seine Uhr geht vielleicht falsch: Dauern stimmen, Uhrzeiten vielleicht nicht.'],
    'pick.label': ['Stations', 'Stationen'],
    'fresh.old': ['silent', 'still'],
    'today.compare': ['Stations side by side', 'Stationen nebeneinander'],
    'today.sure': ['(of {n} that counts)|(of {n} that count)', '(von {n}, die zählt)|(von {n}, die zählen)'],
    'today.unsure': ['(surely between {low} and {high}: of {n} the sensors cannot tell)', '(sicher zwischen {low} und {high}: bei {n} können es die Sensoren nicht sagen)'],
    'today.dayparts': ['Parts of the day', 'Tageszeiten'],
    'today.of': ['{kept} of {n} kept', '{kept} von {n} gehalten'],
    'today.none': ['none yet', 'noch keine'],
    'today.point': ['Point at a chart to read a quarter of an hour.', 'Auf ein Diagramm zeigen, um eine Viertelstunde zu lesen.'],
    'today.at': ['{from}–{to}: {n} came, {pct} kept, typical wait {p50}, nine in ten within {p90}, line up to {line}', '{from}–{to}: {n} kamen, {pct} gehalten, übliche Wartezeit {p50}, neun von zehn binnen {p90}, Schlange bis {line}'],
    'today.last': ['Last heard of: {date}', 'Zuletzt gehört: {date}'],
    'today.figures': ['Figures by quarter of an hour', 'Zahlen nach Viertelstunden'],
    'today.alert_table': ['Alerts', 'Meldungen'],
    'today.alert_count': ['{n} alert as a table|{n} alerts as a table', '{n} Meldung als Tabelle|{n} Meldungen als Tabelle'],
    'today.no_alert': ['none', 'keine'],
    'today.no_alert_heard': ['none heard here', 'hier keine gehört'],
    'today.votes_heard': ['{n} vote heard here|{n} votes heard here', '{n} Stimme hier gehört|{n} Stimmen hier gehört'],
    'today.unseen': ['not seen by anybody', 'von niemandem gesehen'],
    'today.still': ['still', 'noch immer'],
    'today.votes': ['{n} vote|{n} votes', '{n} Stimme|{n} Stimmen'],
    'today.no_records': ['The figures are the unit’s own. No single waits were heard here yet, so the charts are empty.', 'Die Zahlen sind die des Geräts. Einzelne Wartezeiten waren hier noch nicht zu hören, darum sind die Diagramme leer.'],
    'today.since': ['The figures are the unit’s own, of the whole day. The charts show the waits heard here, since {time}.', 'Die Zahlen sind die des Geräts, vom ganzen Tag. Die Diagramme zeigen die hier gehörten Wartezeiten, seit {time}.'],
    'today.whole': ['The figures are the unit’s own; the charts show the waits heard here.', 'Die Zahlen sind die des Geräts; die Diagramme zeigen die hier gehörten Wartezeiten.'],
    'chart.level': ['Promises kept, as the day went on', 'Gehaltene Versprechen im Lauf des Tages'],
    'chart.waits': ['Waits', 'Wartezeiten'],
    'chart.came': ['Who came, by quarter of an hour', 'Ankünfte je Viertelstunde'],
    'chart.line': ['The line at its longest', 'Die Schlange, wo sie am längsten war'],
    'chart.alerts': ['Alerts', 'Meldungen'],
    'chart.smiles': ['Smiles', 'Stimmung'],
    'key.kept': ['kept', 'gehalten'],
    'key.late': ['late', 'zu spät'],
    'key.gone': ['gave up', 'aufgegeben'],
    'key.band': ['from the typical wait to nine in ten', 'von der üblichen Wartezeit bis neun von zehn'],
    'key.target': ['promise, target', 'Versprechen, Ziel'],
    'key.gap': ['not known', 'nicht bekannt'],
    'col.station': ['Station', 'Station'],
    'col.kept': ['kept', 'gehalten'],
    'col.counted': ['that count', 'die zählen'],
    'col.came': ['came', 'kamen'],
    'col.seen': ['seen', 'gesehen'],
    'col.time': ['time', 'Zeit'],
    'col.day': ['day', 'Tag'],
    'col.answered': ['answered', 'bedient'],
    'col.gave_up': ['gave up', 'aufgegeben'],
    'col.line': ['longest line', 'längste Schlange'],
    'col.alert': ['alert', 'Meldung'],
    'col.from': ['from', 'von'],
    'col.to': ['to', 'bis'],
    'col.seen_by': ['seen', 'gesehen'],
    'level.then': ['kept until then', 'bis dahin gehalten'],
    'level.unheard': ['not known', 'nicht bekannt'],
    'hist.level': ['Promises kept, day by day', 'Gehaltene Versprechen, Tag für Tag'],
    'hist.came': ['Who came', 'Ankünfte'],
    'hist.mean': ['Mean wait of those answered', 'Mittlere Wartezeit der Bedienten'],
    'hist.mean_short': ['mean wait', 'mittlere Wartezeit'],
    'hist.longest': ['longest', 'längste'],
    'hist.low': ['at least', 'mindestens'],
    'hist.high': ['at most', 'höchstens'],
    'hist.heat': ['Which hour hurts: per cent kept, by day and hour', 'Welche Stunde schmerzt: Prozent gehalten, nach Tag und Stunde'],
    'hist.heat_note': ['The stronger, the worse. 3/4: fewer than ten, so many kept of so many. Hatched: nothing is known, or nobody came.', 'Je kräftiger, desto schlechter. 3/4: weniger als zehn, so viele gehalten von so vielen. Schraffiert: nichts bekannt, oder niemand kam.'],
    'hist.all': ['all', 'alle'],
    'hist.unknown': ['not known', 'nicht bekannt'],
    'hist.figures': ['Figures by day', 'Zahlen nach Tagen'],
    'hist.days': ['{n} days', '{n} Tage'],
    'hist.span': ['How far back', 'Wie weit zurück'],
    'hist.since': ['Since this page is open', 'Seit diese Seite offen ist'],
    'hist.since_figures': ['Figures since this page is open', 'Zahlen, seit diese Seite offen ist'],
    'hist.few': ['hollow: fewer than ten, too few to judge', 'hohl: weniger als zehn, zu wenige für ein Urteil'],
    'hist.part': ['{date} (in part)', '{date} (teilweise)'],
    'hist.retained': ['Promises kept, as the unit said it', 'Gehaltene Versprechen, wie das Gerät sie nannte'],
    'hist.window': ['of the last {n} minutes each', 'jeweils der letzten {n} Minuten'],
    'hist.waiting': ['Waiting', 'Wartende'],
    'hist.held': ['{n} record held in this browser, the oldest of {date}.|{n} records held in this browser, the oldest of {date}.', '{n} Datensatz in diesem Browser, der älteste vom {date}.|{n} Datensätze in diesem Browser, der älteste vom {date}.'],
    'hist.missing': ['{n} is missing: the broker did not have it any more.|{n} are missing: the broker did not have them any more.', '{n} fehlt: Der Broker hatte ihn nicht mehr.|{n} fehlen: Der Broker hatte sie nicht mehr.'],
    'hist.nothing': ['No record was heard here yet. From now on this browser’s session at the broker keeps them while the page is closed.', 'Hier war noch kein Datensatz zu hören. Ab jetzt hebt der Broker sie für diesen Browser auf, solange die Seite geschlossen ist.'],
    'level.unsure': ['target {goal}: cannot be told', 'Ziel {goal}: nicht zu sagen'],
    'hero.unseen_nobody': ['Nobody is seen waiting.', 'Niemand wird warten gesehen.'],
    'hero.unseen': ['Not measured: {names}.', 'Nicht gemessen: {names}.'],
};

/** The first of the wanted languages that the page speaks. */
export function language(wanted) {
    for (const tag of wanted) {
        const short = String(tag ?? '').toLowerCase().split('-')[0];
        if (LANGUAGES.includes(short)) {
            return short;
        }
    }
    return LANGUAGES[0];
}

/**
 * @param {string} lang one of LANGUAGES
 * @returns {(key: string, params?: object) => string} a key that is not in the table is
 *     returned as it is: seen on the page, it is found
 */
export function createStrings(lang, table = TABLE) {
    const column = Math.max(0, LANGUAGES.indexOf(lang));
    const plural = new Intl.PluralRules(LANGUAGES[column]);
    const number = new Intl.NumberFormat(LANGUAGES[column], { maximumFractionDigits: 1 });
    const t = (key, params = {}) => {
        const row = Object.hasOwn(table, key) ? table[key] : null;
        let text = row?.[column] || row?.[0] || key;
        const bar = text.indexOf('|');
        if (bar >= 0) {
            text = plural.select(Number(params.n ?? 0)) === 'one' ? text.slice(0, bar) : text.slice(bar + 1);
        }
        return text.replace(/\{(\w+)\}/g, (whole, name) => {
            const value = params[name];
            return value === undefined || value === null ? whole
                : typeof value === 'number' ? number.format(value) : String(value);
        });
    };
    /** Of a word that a payload brings: as the table has it, else as it came. */
    t.known = (key, word) => (Object.hasOwn(table, key) ? t(key) : String(word ?? '–'));
    return t;
}
