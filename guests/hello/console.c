// 16550 UART at COM1, written a FIFO at a time: every port access is an exit to the monitor.
#include "console.h"

#include <stdarg.h>

#include "io.h"

enum {
  COM1 = 0x3f8,
  DATA = COM1,
  INTERRUPT_ENABLE = COM1 + 1,
  INTERRUPT_IDENTIFICATION = COM1 + 2,
  FIFO_CONTROL = COM1 + 2,
  MODEM_CONTROL = COM1 + 4,
  LINE_STATUS = COM1 + 5,
};
enum { RECEIVED_DATA_AVAILABLE = 0x01 };          // INTERRUPT_ENABLE
enum { FIFOS_ON = 0x01 };                         // FIFO_CONTROL
enum { FIFOS_ARE_ON = 0xc0 };                     // INTERRUPT_IDENTIFICATION
enum { DTR_RTS_OUT2 = 0x0b, LOOPBACK = 0x10 };    // MODEM_CONTROL; OUT2 lets the interrupt through on a PC
enum { DATA_READY = 0x01, HOLDING_EMPTY = 0x20 }; // LINE_STATUS
enum { NO_DEVICE = 0xff };
enum { FIFO_SIZE = 16 };

static int early = -1; // a byte that came before the FIFOs were on
static size_t burst;   // bytes that an empty FIFO takes; 0: there is no UART
static size_t room;    // of those, how many it still takes without being asked

void open_console(void) {
  if (in8(LINE_STATUS) == NO_DEVICE) return;
  // Turning the FIFOs on loses what has arrived. Loopback cuts the line for that moment; one byte can be there before.
  out8(MODEM_CONTROL, LOOPBACK);
  if (in8(LINE_STATUS) & DATA_READY) early = in8(DATA);
  out8(FIFO_CONTROL, FIFOS_ON);
  burst = (in8(INTERRUPT_IDENTIFICATION) & FIFOS_ARE_ON) == FIFOS_ARE_ON ? FIFO_SIZE : 1;
  out8(MODEM_CONTROL, DTR_RTS_OUT2);
}

void write_console(const char* bytes, size_t length) {
  if (burst == 0) return;
  while (length > 0) {
    while (room == 0)
      if (in8(LINE_STATUS) & HOLDING_EMPTY) room = burst;
    size_t count = length < room ? length : room;
    out8_many(DATA, bytes, count);
    bytes += count;
    length -= count;
    room -= count;
  }
}

void enable_console_interrupt(void) {
  if (burst == 0) return;
  out8(INTERRUPT_ENABLE, RECEIVED_DATA_AVAILABLE);
}

int read_console(void) {
  if (early >= 0) {
    int byte = early;
    early = -1;
    return byte;
  }
  if (burst == 0 || !(in8(LINE_STATUS) & DATA_READY)) return -1;
  return in8(DATA);
}

// What print() has put together and not written yet.
static char line[256];
static size_t filled;

static void flush(void) {
  write_console(line, filled);
  filled = 0;
}

static void put(const char* bytes, size_t length) {
  if (length > sizeof(line) - filled) flush();
  if (length > sizeof(line)) {
    write_console(bytes, length);
    return;
  }
  copy(line + filled, bytes, length);
  filled += length;
}

static void put_many(char byte, size_t count) {
  if (count > sizeof(line) - filled) flush();
  if (count > sizeof(line)) count = sizeof(line);
  fill(line + filled, byte, count);
  filled += count;
}

static void put_number(uint64_t value, uint32_t base, size_t width, char pad) {
  char digits[20];
  char* first = digits + sizeof(digits);
  do {
    *--first = "0123456789abcdef"[value % base];
    value /= base;
  } while (value != 0);
  size_t length = (size_t)(digits + sizeof(digits) - first);
  if (length < width) put_many(pad, width - length);
  put(first, length);
}

/** Left-aligned. */
static void put_text(const char* text, size_t width) {
  size_t length = (size_t)(find_byte(text, SIZE_MAX, '\0') - text);
  put(text, length);
  if (length < width) put_many(' ', width - length);
}

void print(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const char* end = find_byte(format, SIZE_MAX, '\0');
  for (const char* p = format;; p++) {
    const char* literal = p;
    p = find_byte(literal, (size_t)(end - literal), '%');
    put(literal, (size_t)(p - literal));
    if (p == end) break;
    char pad = ' ';
    if (p[1] == '0') pad = *++p;
    size_t width = 0;
    while (p[1] >= '0' && p[1] <= '9')
      width = width * 10 + (size_t)(*++p - '0');
    bool wide = p[1] == 'l';
    p += wide ? 2 : 1;
    if (*p == 's') {
      put_text(va_arg(arguments, const char*), width);
    } else {
      uint64_t value = wide ? va_arg(arguments, uint64_t) : va_arg(arguments, uint32_t);
      put_number(value, *p == 'x' ? 16 : 10, width, pad);
    }
  }
  va_end(arguments);
  flush();
}
