#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "alloc.h"
#include "shops.h"
#include "stage.h"
#include "tell.h"

enum {
    CORES = 6,
    PLANS = 2,
    RECORDS_MAX = 1 << 17,
    CALLS_MAX = 10000, /* of one event: a full list of effects each */
    SNAPSHOT_MAX = 1 << 25
};

/* --- memory: made once, its used pages dropped before each use ----------------------- */

static struct {
    struct tr_core *core;
    bool used;
} cores[CORES];
static struct tr_plan *plans; /* the one in force, and the next */
static struct tr_effects *outs[2];
static struct tr_effect *records;
static unsigned char *snapshot;

/* Pages whose end is the end of the object, and a forbidden one behind it. */
static void *pages(size_t n)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t whole = (n + page - 1) / page * page;
    char *at = mmap(NULL, whole + page, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    MUST(at != MAP_FAILED && mprotect(at + whole, page, PROT_NONE) == 0);
    return at + (whole - (n + 15) / 16 * 16);
}

static void make_memory(void)
{
    if (plans != NULL) {
        return;
    }
    for (int i = 0; i < CORES; i++) {
        cores[i].core = pages(tr_core_size());
    }
    plans = pages(PLANS * sizeof(*plans));
    outs[0] = pages(sizeof(struct tr_effects));
    outs[1] = pages(sizeof(struct tr_effects));
    records = pages(RECORDS_MAX * sizeof(*records));
    snapshot = pages(SNAPSHOT_MAX);
}

/* Zeroed bytes for a core. */
static struct tr_core *take_core(void)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    int i = 0;
    while (i < CORES && cores[i].used) {
        i++;
    }
    MUST(i < CORES);
    cores[i].used = true;
    char *from = (char *)((uintptr_t)cores[i].core & ~(page - 1));
    char *to = (char *)cores[i].core + tr_core_size();
    MUST(madvise(from, (size_t)(to - from), MADV_DONTNEED) == 0);
    return cores[i].core;
}

static void drop_core(struct tr_core *core)
{
    for (int i = 0; i < CORES; i++) {
        if (cores[i].core == core) {
            cores[i].used = false;
        }
    }
}

/* --- stepping ------------------------------------------------------------------------- */

static int core_step(struct tr_core *core, const struct tr_event *ev, struct tr_effects *out)
{
    alloc_watch_begin();
    const int more = tr_core_step(core, ev, out);
    MUST(alloc_watch_end() == 0);
    MUST((more == 0 || more == 1) && out->n <= TR_EFFECTS_MAX && (more == 0 || out->n > 0));
    return more;
}

/* Where the plan is to change, @p next is the core to go on with. */
struct change {
    struct tr_core *next;
    struct tr_mono at;
    const struct tr_plan *plan;
};

static int core_replan(struct tr_core *core, const struct change *to, struct tr_effects *out)
{
    alloc_watch_begin();
    const int more = tr_core_replan(to->next, core, to->plan, to->at, out);
    MUST(alloc_watch_end() == 0);
    MUST((more == 0 || more == 1) && out->n <= TR_EFFECTS_MAX && (more == 0 || out->n > 0));
    return more;
}

/* What the replaying core makes of a stored event: the same STORE, and records
 * that the live core has made before. */
static void compare_replayed(struct stage *r, const struct tr_effects *out,
                             const struct tr_effect *stored, int *stores)
{
    for (size_t i = 0; i < out->n; i++) {
        if (out->e[i].kind == TR_EFFECT_STORE) {
            MUST(++*stores == 1 && watch_same_effect(&out->e[i], stored));
        } else if (watch_is_record(&out->e[i])) {
            tell_effect("replay", &out->e[i]);
            MUST(r->replayed_n < r->records_n); /* a record that was never made live */
            MUST(watch_same_effect(&out->e[i], &records[r->replayed_n]));
            r->replayed_n++;
        }
    }
}

static void replay(struct stage *r, const struct tr_effect *stored, const struct tr_plan *plan)
{
    int stores = 0;
    int more;
    struct change to = {.plan = plan, .at = stored->u.store.event.at};
    const bool change = plan != NULL && stored->u.store.event.kind == TR_EVENT_PLAN;
    to.next = change ? take_core() : NULL;
    do {
        more = change ? core_replan(r->replay, &to, outs[1])
                      : core_step(r->replay, &stored->u.store.event, outs[1]);
        compare_replayed(r, outs[1], stored, &stores);
    } while (more != 0);
    MUST(stores == 1);
    if (change) {
        drop_core(r->replay);
        r->replay = to.next;
    }
}

/* Take in what the live core said; @p plan is the one that changes in, or NULL. */
static void hear(struct stage *r, const struct tr_core *core, const struct tr_plan *plan)
{
    const struct tr_effects *out = outs[0];
    for (size_t i = 0; i < out->n; i++) {
        const struct tr_effect *e = &out->e[i];
        tell_effect("live", e);
        watch_effect(&r->watch, core, e);
        if (watch_is_record(e)) {
            MUST(r->records_n < RECORDS_MAX);
            records[r->records_n++] = *e;
        }
        if (plan != NULL && e->kind == TR_EFFECT_STORE && e->u.store.event.kind == TR_EVENT_PLAN) {
            watch_replan(&r->watch, plan);
        }
    }
    for (size_t i = 0; i < out->n; i++) {
        if (out->e[i].kind == TR_EFFECT_STORE) {
            replay(r, &out->e[i], plan);
        }
    }
}

static void compare_twin(int more, int twin_more)
{
    MUST(more == twin_more && outs[0]->n == outs[1]->n);
    for (size_t i = 0; i < outs[0]->n; i++) {
        MUST(watch_same_effect(&outs[0]->e[i], &outs[1]->e[i]));
    }
}

void stage_step(struct stage *r, const struct tr_event *ev)
{
    const int64_t before = tr_core_now(r->live).ns;
    int calls = 0;
    int more;
    tell_event(ev);
    do {
        MUST(++calls < CALLS_MAX);
        more = core_step(r->live, ev, outs[0]);
        if (r->twin != NULL) {
            compare_twin(more, core_step(r->twin, ev, outs[1]));
        }
        hear(r, r->live, NULL);
    } while (more != 0);
    const int64_t now = tr_core_now(r->live).ns;
    MUST(now >= before);
    MUST(now == (ev->at.ns > before ? ev->at.ns : before) || now == INT64_C(1) << 61 ||
         now == -(INT64_C(1) << 61));
    watch_step(&r->watch, r->live);
}

void stage_tick(struct stage *r, struct tr_mono at)
{
    const struct tr_event ev = {.kind = TR_EVENT_TICK, .at = at, .sensor = TR_NONE};
    stage_step(r, &ev);
    MUST(tr_core_deadline(r->live).ns > tr_core_now(r->live).ns); /* whatever was due is done */
}

void stage_drain(struct stage *r, int most)
{
    while (most-- > 0 && tr_core_busy(r->live) && tr_core_deadline(r->live).ns != INT64_MAX) {
        stage_tick(r, tr_core_deadline(r->live));
    }
}

static void begin(struct stage *r, struct tr_core **core)
{
    *core = take_core();
    tr_core_init(*core, stage_plan(r));
    if (r->first_seq > 0) {
        tr_core_continue(*core, r->first_seq, r->first_seq / 2);
    }
}

void stage_open(struct stage *r, uint8_t shop, uint8_t tune, uint64_t first_seq)
{
    make_memory();
    memset(r, 0, sizeof(*r));
    for (int i = 0; i < CORES; i++) {
        cores[i].used = false;
    }
    r->first_seq = first_seq;
    fuzz_shop(&plans[0], shop, tune);
    begin(r, &r->live);
    begin(r, &r->replay);
    watch_begin(&r->watch, r->live, stage_plan(r));
}

const struct tr_plan *stage_plan(const struct stage *r)
{
    return &plans[r->plan];
}

bool stage_full(const struct stage *r)
{
    return r->records_n + 2 * TR_EFFECTS_MAX > RECORDS_MAX;
}

/* --- what a shell does between events ------------------------------------------------------ */

/* @return how many bytes of snapshot it takes. */
static size_t save(const struct tr_core *core)
{
    const size_t cap = tr_core_save_size(core);
    MUST(cap > 0 && cap <= SNAPSHOT_MAX);
    MUST(tr_core_save(core, snapshot, 0) == -ENOBUFS);
    alloc_watch_begin();
    const int64_t n = tr_core_save(core, snapshot, cap);
    MUST(alloc_watch_end() == 0);
    MUST(n > 0 && (size_t)n <= cap);
    return (size_t)n;
}

static struct tr_core *load(const struct stage *r, size_t n)
{
    struct tr_core *core = take_core();
    alloc_watch_begin();
    MUST(tr_core_load(core, stage_plan(r), snapshot, n) == 0);
    MUST(alloc_watch_end() == 0);
    MUST(tr_core_deadline(core).ns >= tr_core_deadline(r->live).ns); /* early is safe */
    MUST(tr_core_now(core).ns == tr_core_now(r->live).ns);
    return core;
}

void stage_twin(struct stage *r)
{
    const size_t n = save(r->live);
    if (r->twin != NULL) {
        drop_core(r->twin);
    }
    r->twin = load(r, n);
    MUST(save(r->twin) == n); /* nothing was lost, and nothing came to it */
}

void stage_damage(struct stage *r, size_t at, uint8_t how)
{
    const size_t n = save(r->live);
    struct tr_core *core = take_core();
    if (how == 0) {
        MUST(tr_core_load(core, stage_plan(r), snapshot, at % n) == -EBADMSG);
    } else {
        snapshot[at % n] ^= how;
        const int rc = tr_core_load(core, stage_plan(r), snapshot, n);
        MUST(rc == -EBADMSG || rc == -EPROTO);
    }
    drop_core(core);
}

void stage_restart(struct stage *r)
{
    if (r->twin != NULL) {
        drop_core(r->twin);
        r->twin = NULL;
    }
    struct tr_core *core = load(r, save(r->live));
    tr_core_forget_edges(core);
    drop_core(r->live);
    r->live = core;
}

void stage_recover(struct stage *r)
{
    struct tr_core *core = load(r, save(r->live));
    tr_core_forget_edges(core);
    drop_core(r->replay);
    r->replay = core;
    r->replayed_n = r->records_n;
}

void stage_replan(struct stage *r, uint8_t shop, uint8_t tune, struct tr_mono at)
{
    const int other = 1 - r->plan;
    fuzz_shop(&plans[other], shop, tune);
    const struct change live = {.next = take_core(), .at = at, .plan = &plans[other]};
    const struct change twin = {
        .next = r->twin != NULL ? take_core() : NULL, .at = at, .plan = &plans[other]};
    int calls = 0;
    int more;
    tell_replan(shop, tune, at);
    do {
        MUST(++calls < CALLS_MAX);
        more = core_replan(r->live, &live, outs[0]);
        if (r->twin != NULL) {
            compare_twin(more, core_replan(r->twin, &twin, outs[1]));
        }
        hear(r, more == 0 ? live.next : r->live, &plans[other]);
    } while (more != 0);
    drop_core(r->live);
    r->live = live.next;
    if (r->twin != NULL) {
        drop_core(r->twin);
        r->twin = twin.next;
    }
    r->plan = other;
    watch_step(&r->watch, r->live);
}

/* --- the end ----------------------------------------------------------------------------------- */

void stage_finish(struct stage *r)
{
    const struct tr_event finish = {
        .kind = TR_EVENT_FINISH, .at = tr_core_now(r->live), .sensor = TR_NONE};
    stage_step(r, &finish);
    watch_finished(&r->watch, r->live);
    MUST(r->replayed_n == r->records_n);
    for (int s = 0; s < stage_plan(r)->stations_n; s++) {
        struct tr_station_metrics live;
        struct tr_station_metrics replayed;
        memset(&live, 0, sizeof(live));
        memset(&replayed, 0, sizeof(replayed));
        tr_core_metrics(r->live, s, tr_core_now(r->live), &live);
        tr_core_metrics(r->replay, s, tr_core_now(r->live), &replayed);
        MUST(memcmp(&live, &replayed, sizeof(live)) == 0);
    }
    for (int i = 0; i < stage_plan(r)->sensors_n; i++) {
        MUST(tr_core_health(r->live, i) == tr_core_health(r->replay, i));
        MUST(tr_core_edges_lost(r->live, i) == tr_core_edges_lost(r->replay, i));
        MUST(tr_core_input(r->live, i) == tr_core_input(r->replay, i));
    }
}
