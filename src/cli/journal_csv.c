#include <string.h>

#include "cli/journal.h"

enum { TOKENS_MAX = 40 };

static const struct {
    const char *key;
    int kinds;
} columns[] = {
    {"type", TR_JOURNAL_RECORDS},    {"id", TR_JOURNAL_RECORDS},
    {"seq", TR_JOURNAL_RECORDS},     {"site", TR_JOURNAL_RECORDS},
    {"station", TR_JOURNAL_RECORDS}, {"kind", TR_JOURNAL_WAITS},
    {"party", TR_JOURNAL_WAITS},     {"opened", TR_JOURNAL_WAITS},
    {"closed", TR_JOURNAL_WAITS},    {"at", TR_JOURNAL_VOTES | TR_JOURNAL_ALERTS},
    {"mono_ms", TR_JOURNAL_RECORDS}, {"wait_s", TR_JOURNAL_WAITS},
    {"rings", TR_JOURNAL_WAITS},     {"service_s", TR_JOURNAL_WAITS},
    {"position", TR_JOURNAL_WAITS},  {"outcome", TR_JOURNAL_WAITS},
    {"in_target", TR_JOURNAL_WAITS}, {"by", TR_JOURNAL_WAITS},
    {"accurate", TR_JOURNAL_WAITS},  {"order", TR_JOURNAL_WAITS},
    {"clock", TR_JOURNAL_RECORDS},   {"daypart", TR_JOURNAL_WAITS | TR_JOURNAL_VOTES},
    {"reason", TR_JOURNAL_WAITS},    {"button", TR_JOURNAL_VOTES},
    {"score", TR_JOURNAL_VOTES},     {"presses", TR_JOURNAL_VOTES},
    {"wait", TR_JOURNAL_VOTES},      {"wait_station", TR_JOURNAL_VOTES},
    {"alert", TR_JOURNAL_ALERTS},    {"rule", TR_JOURNAL_ALERTS},
    {"sensor", TR_JOURNAL_ALERTS},   {"state", TR_JOURNAL_ALERTS},
    {"acked", TR_JOURNAL_ALERTS},    {"level", TR_JOURNAL_ALERTS},
    {"since", TR_JOURNAL_ALERTS},
};

struct token {
    const char *key, *value;
    int key_n, value_n;
};

/* Of our own writer's flat objects: no white space, and nothing to escape in any
 * of its texts (ids, words, times). @return how many. */
static int split(const char *json, struct token *tokens)
{
    const char *p = json;
    int n = 0;

    while (n < TOKENS_MAX && (*p == '{' || *p == ',') && p[1] == '"') {
        struct token *t = &tokens[n++];

        t->key = p + 2;
        t->key_n = (int)strcspn(t->key, "\"");
        p = t->key + t->key_n;
        p += strcspn(p, ":");
        p += *p == ':';
        if (*p == '"') {
            t->value = ++p;
            t->value_n = (int)strcspn(p, "\"");
            p += t->value_n;
            p += *p == '"';
        } else {
            t->value = p;
            t->value_n = (int)strcspn(p, ",}");
            p += t->value_n;
            if (strncmp(t->value, "null", 4) == 0) {
                t->value_n = 0;
            }
        }
    }
    return n;
}

void tr_journal_csv_head(FILE *to, int kinds)
{
    const char *comma = "";

    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        if ((columns[i].kinds & kinds) != 0) {
            fprintf(to, "%s%s", comma, columns[i].key);
            comma = ",";
        }
    }
    fputc('\n', to);
}

void tr_journal_csv_row(FILE *to, int kinds, const char *json)
{
    struct token tokens[TOKENS_MAX];
    const int n = split(json, tokens);
    bool first = true;

    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        if ((columns[i].kinds & kinds) == 0) {
            continue;
        }
        if (!first) {
            fputc(',', to);
        }
        first = false;
        for (int k = 0; k < n; k++) {
            if ((size_t)tokens[k].key_n == strlen(columns[i].key) &&
                memcmp(tokens[k].key, columns[i].key, (size_t)tokens[k].key_n) == 0) {
                fwrite(tokens[k].value, 1, (size_t)tokens[k].value_n, to);
                break;
            }
        }
    }
    fputc('\n', to);
}
