// Bytes of the tables that firmware leaves: sums, signatures, padded text.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Sum modulo 256; 0 for a table whose checksum is right. */
uint8_t sum(const void* start, size_t length);

/** Whether a field begins with the characters of `signature`. */
bool begins_with(const char* field, const char* signature);

/** Copies a field that is padded with spaces and ends it with a zero: `target` has one byte more than the field. */
void trim(char* target, const char* field, size_t length);
