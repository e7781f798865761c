/* A fuzz target without a fuzzer: every kept input once, as a test (TAP).
 *
 *   fuzz_NAME [FILE or FOLDER]...    as a rule tests/fuzz/corpus/NAME */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "alloc.h"
#include "fuzz.h"

enum { FILES_MAX = 4096, INPUT_MAX = 1 << 20 };

static char *files[FILES_MAX];
static int files_n;
static void *volatile kept;

static void fail(const char *what)
{
    printf("Bail out! %s: %s\n", what, strerror(errno));
    exit(1);
}

static void add(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        fail(path);
    }
    if (!S_ISDIR(st.st_mode)) {
        if (files_n == FILES_MAX || (files[files_n++] = strdup(path)) == NULL) {
            fail(path);
        }
        return;
    }
    struct dirent **names;
    const int n = scandir(path, &names, NULL, alphasort);
    if (n < 0) {
        fail(path);
    }
    for (int i = 0; i < n; i++) {
        char inside[4096];
        const int length = snprintf(inside, sizeof(inside), "%s/%s", path, names[i]->d_name);
        if (names[i]->d_name[0] != '.' && length < (int)sizeof(inside)) {
            add(inside);
        }
        free(names[i]);
    }
    free(names);
}

static void run(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *input = malloc(INPUT_MAX);
    if (file == NULL || input == NULL) {
        fail(path);
    }
    const size_t n = fread(input, 1, INPUT_MAX, file);
    fclose(file);
    /* A copy of its very size, so that a byte too far is seen. */
    uint8_t *exact = malloc(n > 0 ? n : 1);
    if (exact == NULL) {
        fail(path);
    }
    memcpy(exact, input, n);
    free(input);
    (void)LLVMFuzzerTestOneInput(exact, n);
    free(exact);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        add(argv[i]);
    }
    if (argc < 2) {
        const char *name = strstr(argv[0], "fuzz_");
        char folder[256];
        snprintf(folder, sizeof(folder), "tests/fuzz/corpus/%s",
                 name != NULL ? strrchr(name, '_') + 1 : "");
        add(folder);
    }
    printf("1..%d\n", files_n + 2);
    alloc_watch_begin();
    kept = malloc(1);
    const size_t seen = alloc_watch_end();
    free(kept);
    printf("%s 1 - an allocation within a step would be seen\n", seen == 1 ? "ok" : "not ok");
    printf("%s 2 - there is a corpus\n", files_n > 0 ? "ok" : "not ok");
    for (int i = 0; i < files_n; i++) {
        printf("# %s\n", files[i]);
        fflush(stdout);
        run(files[i]);
        printf("ok %d - %s\n", i + 3,
               strrchr(files[i], '/') != NULL ? strrchr(files[i], '/') + 1 : files[i]);
        free(files[i]);
    }
    return seen == 1 && files_n > 0 ? 0 : 1;
}
