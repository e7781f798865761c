/* The canonical text: every setting in the table's order. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "config/internal.h"

static const char *const day_word[7] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

const char *tr_cfg_decimal(double stored, double scale, char *buf, size_t cap)
{
    double v = stored / scale;
    for (int places = 0; places <= 9; places++) {
        snprintf(buf, cap, "%.*f", places, v);
        double back = strtod(buf, NULL) * scale;
        if (back == stored || (scale != 1 && llround(back) == llround(stored))) {
            return buf;
        }
    }
    snprintf(buf, cap, "%.17g", v);
    return buf;
}

static void print_string(FILE *to, const char *s)
{
    fputc('"', to);
    for (; *s != '\0'; s++) {
        if (*s == '"' || *s == '\\') {
            fputc('\\', to);
        }
        fputc(*s, to);
    }
    fputc('"', to);
}

static void print_number(FILE *to, double stored, double scale)
{
    char buf[400];
    fputs(tr_cfg_decimal(stored, scale, buf, sizeof(buf)), to);
}

static void print_days(FILE *to, unsigned days)
{
    const char *comma = "";
    fputc('"', to);
    for (int d = 0; d < 7; d++) {
        if (days & (1U << d)) {
            fprintf(to, "%s%s", comma, day_word[d]);
            comma = ",";
        }
    }
    fputc('"', to);
}

static void print_ref(FILE *to, const struct tr_config *cfg, enum tr_cfg_ref ref, int i)
{
    const char *id = i >= 0 ? tr_cfg_ref_id(cfg, ref, i) : NULL;
    fprintf(to, "\"%s\"", id != NULL ? id : "");
}

static void print_refs(FILE *to, const struct tr_config *cfg, const struct tr_cfg_key *key,
                       const void *base)
{
    int16_t n;
    memcpy(&n, (const char *)base + key->count, sizeof(n));
    const int16_t *refs = (const int16_t *)(const void *)((const char *)base + key->offset);
    fputs("[", to);
    for (int i = 0; i < n; i++) {
        fputs(i == 0 ? " " : ", ", to);
        print_ref(to, cfg, key->ref, refs[i]);
    }
    fputs(" ]", to);
}

static void print_words(FILE *to, const struct tr_cfg_key *key, const bool *set)
{
    const char *comma = "";
    fputs("[", to);
    for (int i = 0; i < key->words_n; i++) {
        if (set[i]) {
            fprintf(to, "%s \"%s\"", comma, key->words[i]);
            comma = ",";
        }
    }
    fputs(" ]", to);
}

static void print_line(FILE *to, const struct tr_line *line)
{
    if (line->name[0] == '\0' && line->offset >= 0) {
        fprintf(to, "%" PRId32, line->offset);
    } else {
        print_string(to, line->name);
    }
}

static void print_source(FILE *to, const struct tr_config *cfg, const struct tr_source *source)
{
    print_ref(to, cfg, source->kind == TR_SOURCE_GATE ? TR_CFG_REF_GATE : TR_CFG_REF_SENSOR,
              source->kind == TR_SOURCE_NONE ? TR_NONE : source->index);
}

static void print_enum(FILE *to, const struct tr_cfg_key *key, const void *field)
{
    int word;
    memcpy(&word, field, sizeof(word));
    print_string(to, key->words[word]);
}

void tr_cfg_print_value(FILE *to, const struct tr_config *cfg, const struct tr_cfg_key *key,
                        const void *base)
{
    const void *field = (const char *)base + key->offset;
    const int16_t *small = field;
    const int32_t *number = field;
    switch (key->type) {
    case TR_CFG_STRING:
    case TR_CFG_ID:
    case TR_CFG_ZONE:
    case TR_CFG_FILE:
        print_string(to, field);
        break;
    case TR_CFG_LINE:
        print_line(to, field);
        break;
    case TR_CFG_BOOL:
        fputs(*(const bool *)field ? "true" : "false", to);
        break;
    case TR_CFG_SWITCH:
        print_string(to, key->words[*(const bool *)field ? 1 : 0]);
        break;
    case TR_CFG_ENUM:
        print_enum(to, key, field);
        break;
    case TR_CFG_WORDS:
        print_words(to, key, field);
        break;
    case TR_CFG_INT:
        fprintf(to, "%" PRId32, *number);
        break;
    case TR_CFG_FLOAT:
        print_number(to, *(const double *)field, 1);
        break;
    case TR_CFG_SCALED:
        print_number(to, (double)*(const int64_t *)field, (double)key->scale);
        break;
    case TR_CFG_CLOCK:
        fprintf(to, "\"%02d:%02d\"", *small / 60, *small % 60);
        break;
    case TR_CFG_DATE:
        fprintf(to, "\"%04d-%02d-%02d\"", *number / 10000, *number / 100 % 100, *number % 100);
        break;
    case TR_CFG_DAYS:
        print_days(to, *(const uint8_t *)field);
        break;
    case TR_CFG_REF:
        print_ref(to, cfg, key->ref, *small);
        break;
    case TR_CFG_REFS:
        print_refs(to, cfg, key, base);
        break;
    case TR_CFG_SOURCE:
        print_source(to, cfg, field);
        break;
    default: /* what has settings below it is not a value */
        break;
    }
}

/* How one print-out goes. */
struct printing {
    FILE *to;
    const struct tr_config *cfg;
    bool secrets;
    int depth;
};

static void print_keys(struct printing *p, const struct tr_cfg_table *table, const void *base);

static void indent(const struct printing *p)
{
    fprintf(p->to, "%*s", 4 * p->depth, "");
}

static void print_braces(struct printing *p, const struct tr_cfg_table *table, const void *base)
{
    fputs("{\n", p->to);
    p->depth++;
    print_keys(p, table, base);
    p->depth--;
    indent(p);
    fputs("}", p->to);
}

static void print_element(struct printing *p, const struct tr_cfg_table *table, const void *base,
                          bool first)
{
    fputs(first ? "\n" : ",\n", p->to);
    p->depth++;
    indent(p);
    print_braces(p, table, base);
    p->depth--;
}

static void print_list(struct printing *p, const struct tr_cfg_key *key, const void *base)
{
    int16_t n;
    memcpy(&n, (const char *)base + key->count, sizeof(n));
    fputs("(", p->to);
    for (int i = 0; i < n; i++) {
        print_element(p, key->sub, (const char *)base + key->offset + (size_t)i * key->size,
                      i == 0);
    }
    fputs(n > 0 ? "\n" : " ", p->to);
    if (n > 0) {
        indent(p);
    }
    fputs(")", p->to);
}

static void print_dayparts(struct printing *p, const struct tr_cfg_key *key, const void *base)
{
    const struct tr_station *st = base;
    bool first = true;
    fputs("(", p->to);
    for (int i = 0; i < p->cfg->plan.dayparts_n; i++) {
        const struct tr_cfg_daypart d = {.daypart = (int16_t)i, .target = st->daypart_target[i]};
        if (d.target.unit != TR_TARGET_NONE) {
            print_element(p, key->sub, &d, first);
            first = false;
        }
    }
    fputs(first ? " " : "\n", p->to);
    if (!first) {
        indent(p);
    }
    fputs(")", p->to);
}

static void print_keys(struct printing *p, const struct tr_cfg_table *table, const void *base)
{
    int variant = tr_cfg_variant(table, base);
    for (int i = 0; i < table->keys_n; i++) {
        const struct tr_cfg_key *key = &table->keys[i];
        if (key->type == TR_CFG_REFUSED || (key->flags & TR_CFG_SHORTHAND) ||
            !tr_cfg_in_variant(key, variant) || (table->omit != NULL && table->omit(key, base))) {
            continue;
        }
        indent(p);
        fprintf(p->to, "%s = ", key->name);
        if (key->type == TR_CFG_GROUP) {
            print_braces(p, key->sub, (const char *)base + key->offset);
        } else if (key->type == TR_CFG_LIST) {
            print_list(p, key, base);
        } else if (key->type == TR_CFG_DAYPARTS) {
            print_dayparts(p, key, base);
        } else if ((key->flags & TR_CFG_SECRET) && !p->secrets) {
            print_string(p->to, "***");
        } else {
            tr_cfg_print_value(p->to, p->cfg, key, base);
        }
        fputs(";\n", p->to);
    }
}

int tr_config_print(const struct tr_config *cfg, bool secrets, char **ret_text)
{
    char *text = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&text, &n);
    if (to == NULL) {
        return -ENOMEM;
    }
    struct printing p = {.to = to, .cfg = cfg, .secrets = secrets};
    print_keys(&p, &tr_cfg_top, cfg);
    bool bad = ferror(to) != 0;
    if (fclose(to) != 0 || bad) {
        free(text);
        return -ENOMEM;
    }
    *ret_text = text;
    return 0;
}
