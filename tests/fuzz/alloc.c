/* Under a sanitizer its allocator tells of each call; without one ours stands
 * before libc's. */
#include "alloc.h"

#include <stdbool.h>

static bool watching;
static size_t count;

static void seen(void)
{
    if (watching) {
        count++;
    }
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define UNDER_ASAN 1
#endif

#ifdef UNDER_ASAN
int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void *, size_t),
                                              void (*on_free)(const volatile void *));

static void on_malloc(const volatile void *p, size_t n)
{
    (void)p;
    (void)n;
    seen();
}

static void on_free(const volatile void *p)
{
    (void)p;
}

__attribute__((constructor)) static void install(void)
{
    (void)__sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
}
#else
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void *malloc(size_t n);
void *calloc(size_t n, size_t size);
void *realloc(void *p, size_t n);

void *malloc(size_t n)
{
    seen();
    return __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    seen();
    return __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
    seen();
    return __libc_realloc(p, n);
}
#endif

void alloc_watch_begin(void)
{
    count = 0;
    watching = true;
}

size_t alloc_watch_end(void)
{
    watching = false;
    return count;
}
