/** @file fuzz.h What a fuzz target is: libFuzzer calls it, and so does corpus.c. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
