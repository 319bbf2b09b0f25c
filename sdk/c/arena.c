// Memory of a plugin: one arena, thrown away when the host asks for the next thing. A fresh instance for each decision pays
// for no page it does not touch.

#include <string.h>

#include "arena.h"

#define PAGE 65536u
#define ALIGNED(n) (((n) + 15u) & ~(size_t)15u)

extern unsigned char __heap_base;

static uintptr_t next;
static bool answered;

// The arena is thrown away only when the next arguments come: the host reads the answer after the function returned.
void ucx_answered(void) { answered = true; }

void *malloc(size_t size) {
  if (next == 0) next = ALIGNED((uintptr_t)&__heap_base);
  if (size > UINT32_MAX - PAGE - next - 32) return NULL;
  // The size stands before the block, for `realloc`.
  uintptr_t block = next + 16, end = ALIGNED(block + size);
  uintptr_t have = (uintptr_t)__builtin_wasm_memory_size(0) * PAGE;
  if (end > have && __builtin_wasm_memory_grow(0, (end - have + PAGE - 1) / PAGE) == (size_t)-1) return NULL;
  next = end;
  *(size_t *)(block - 16) = size;
  return (void *)block;
}

void free(void *block) { (void)block; }

void *calloc(size_t count, size_t size) {
  if (size != 0 && count > SIZE_MAX / size) return NULL;
  void *block = malloc(count * size);
  if (block != NULL) memset(block, 0, count * size);
  return block;
}

void *realloc(void *block, size_t size) {
  void *moved = malloc(size);
  if (block == NULL || moved == NULL) return moved;
  size_t had = *(size_t *)((uintptr_t)block - 16);
  memcpy(moved, block, had < size ? had : size);
  return moved;
}

// The host puts a function's arguments here; the bindings' own version is weak.
__attribute__((__export_name__("cabi_realloc"))) void *cabi_realloc(void *block, size_t had, size_t align, size_t size) {
  (void)had;
  if (answered) {
    answered = false;
    next = 0;
  }
  if (size == 0) return (void *)align;
  void *moved = realloc(block, size);
  if (moved == NULL) __builtin_trap();
  return moved;
}
