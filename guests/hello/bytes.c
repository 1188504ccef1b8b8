// Byte sums, signatures and padded text.
#include "bytes.h"

#include "io.h"

uint8_t sum(const void* start, size_t length) {
  const uint8_t* bytes = start;
  // Eight at a time, in lanes of 16 bits: where the processor is emulated, this is most of what reading a table costs.
  const uint64_t lanes = 0x00ff00ff00ff00ff;
  uint64_t total = 0;
  for (; length >= 8; bytes += 8, length -= 8) {
    uint64_t word = *(const uint64_t*)(const void*)bytes;
    total = (total + (word & lanes) + (word >> 8 & lanes)) & lanes;
  }
  total += total >> 32;
  total += total >> 16;
  for (; length > 0; length--)
    total += *bytes++;
  return (uint8_t)total;
}

bool begins_with(const char* field, const char* signature) {
  while (*signature != '\0')
    if (*field++ != *signature++) return false;
  return true;
}

void trim(char* target, const char* field, size_t length) {
  while (length > 0 && field[length - 1] == ' ')
    length--;
  copy(target, field, length);
  target[length] = '\0';
}
