// The arena behind `ucx_new`, and the moment when it may be thrown away.
#ifndef UCX_ARENA_H
#define UCX_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void *malloc(size_t size);
void *calloc(size_t count, size_t size);
// Told when an exported function has its answer.
void ucx_answered(void);

#endif
