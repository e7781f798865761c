/* What the floor hears and sees, for those who check a trace by hand. */
#include "cli/replay.h"
#include "codec/jsonw.h"

static void key_string(struct tr_jsonw *w, const char *key, const char *value)
{
    tr_jsonw_key(w, key);
    tr_jsonw_string(w, value);
}

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
        key_string(&w, "type", "sound");
        key_string(&w, "output", plan->outputs[e->u.sound.output].id);
        key_string(&w, "station", plan->stations[e->u.sound.station].id);
        key_string(&w, "sound", silence ? "silence" : tr_sound_name[e->u.sound.sound]);
        tr_jsonw_key(&w, "bursts");
        tr_jsonw_int(&w, e->u.sound.bursts);
    } else if (e->kind == TR_EFFECT_LAMP) {
        key_string(&w, "type", "lamp");
        key_string(&w, "output", plan->outputs[e->u.lamp.output].id);
        tr_jsonw_key(&w, "on");
        tr_jsonw_bool(&w, e->u.lamp.on);
    } else if (e->kind == TR_EFFECT_NEWS && e->u.news.news == TR_NEWS_HELD_BACK) {
        key_string(&w, "type", "held_back");
        key_string(&w, "station", plan->stations[e->u.news.station].id);
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
