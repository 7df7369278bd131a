/* The four functions that the compiler calls by name even without a C library.
 * Never anything else of one: an image pulls in nothing that is not in this repository. */
#include <stddef.h>
#include <stdint.h>

/* Built with -fno-tree-loop-distribute-patterns: these loops must not become calls of themselves.
 */
void* memcpy(void* restrict to, const void* restrict from, size_t count);
void* memmove(void* to, const void* from, size_t count);
void* memset(void* to, int value, size_t count);
int memcmp(const void* a, const void* b, size_t count);

void* memcpy(void* restrict to, const void* restrict from, size_t count) {
  uint8_t* out = to;
  const uint8_t* in = from;
  while (count-- != 0u) *out++ = *in++;
  return to;
}

void* memmove(void* to, const void* from, size_t count) {
  uint8_t* out = to;
  const uint8_t* in = from;
  if ((uintptr_t)out <= (uintptr_t)in)
    while (count-- != 0u) *out++ = *in++;
  else
    while (count-- != 0u) out[count] = in[count];
  return to;
}

void* memset(void* to, int value, size_t count) {
  uint8_t* out = to;
  while (count-- != 0u) *out++ = (uint8_t)value;
  return to;
}

int memcmp(const void* a, const void* b, size_t count) {
  const uint8_t* x = a;
  const uint8_t* y = b;
  for (; count != 0u; --count, ++x, ++y)
    if (*x != *y) return *x < *y ? -1 : 1;
  return 0;
}
