/* What the floor hears and sees, for those who check a trace by hand. */
#include "cli/replay.h"
#include "codec/jsonw.h"

int tr_floor_json(const struct tr_plan *plan, const struct tr_core *core, const struct tr_effect *e,
                  char *buf, size_t cap)
{
    struct tr_jsonw w;
    tr_jsonw_init(&w, buf, cap);
    tr_jsonw_open(&w, '{');
    tr_jsonw_key(&w, "v");
    tr_jsonw_uint(&w, 1);
    if (e->kind == TR_EFFECT_SOUND && e->u.sound.output != TR_NONE) {
        const bool silence = e->u.sound.sound == TR_SOUND_NONE;
        tr_jsonw_put_string(&w, "type", "sound");
        tr_jsonw_put_string(&w, "output", plan->outputs[e->u.sound.output].id);
        tr_jsonw_put_string(&w, "station", plan->stations[e->u.sound.station].id);
        tr_jsonw_put_string(&w, "sound", silence ? "silence" : tr_sound_name[e->u.sound.sound]);
        tr_jsonw_key(&w, "bursts");
        tr_jsonw_int(&w, e->u.sound.bursts);
    } else if (e->kind == TR_EFFECT_LAMP) {
        tr_jsonw_put_string(&w, "type", "lamp");
        tr_jsonw_put_string(&w, "output", plan->outputs[e->u.lamp.output].id);
        tr_jsonw_key(&w, "on");
        tr_jsonw_bool(&w, e->u.lamp.on);
    } else if (e->kind == TR_EFFECT_NEWS && e->u.news.news == TR_NEWS_HELD_BACK) {
        tr_jsonw_put_string(&w, "type", "held_back");
        tr_jsonw_put_string(&w, "station", plan->stations[e->u.news.station].id);
        tr_jsonw_key(&w, "sounds");
        tr_jsonw_int(&w, e->u.news.value);
    } else {
        return 0;
    }
    tr_jsonw_key(&w, "at");
    tr_jsonw_time(&w, tr_core_wall(core, e->at));
    tr_jsonw_close(&w, '}');
    return tr_jsonw_finish(&w);
}
