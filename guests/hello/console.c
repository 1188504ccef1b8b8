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

enum { WIDEST = 24 };

static void put_number(uint64_t value, uint32_t base, size_t width, char pad) {
  char digits[WIDEST];
  char* first = digits + sizeof(digits);
  char* padded = first - (width < WIDEST ? width : WIDEST);
  do {
    *--first = "0123456789abcdef"[value % base];
    value /= base;
  } while (value != 0);
  while (first > padded)
    *--first = pad;
  write_console(first, (size_t)(digits + sizeof(digits) - first));
}

/** Left-aligned. */
static void put_text(const char* text, size_t length, size_t width) {
  write_console(text, length);
  for (; length < width; length++)
    write_console(" ", 1);
}

static size_t length_of(const char* text) {
  size_t length = 0;
  while (text[length] != '\0')
    length++;
  return length;
}

void print(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  for (const char* p = format; *p != '\0'; p++) {
    const char* literal = p;
    while (*p > '%' || (*p != '\0' && *p != '\n' && *p != '%'))
      p++;
    write_console(literal, (size_t)(p - literal));
    if (*p == '\0') break;
    if (*p == '\n') {
      write_console("\r\n", 2);
      continue;
    }
    char pad = ' ';
    if (p[1] == '0') pad = *++p;
    size_t width = 0;
    while (p[1] >= '0' && p[1] <= '9')
      width = width * 10 + (size_t)(*++p - '0');
    bool wide = p[1] == 'l';
    p += wide ? 2 : 1;
    if (*p == 's') {
      const char* text = va_arg(arguments, const char*);
      put_text(text, length_of(text), width);
    } else {
      uint64_t value = wide ? va_arg(arguments, uint64_t) : va_arg(arguments, uint32_t);
      put_number(value, *p == 'x' ? 16 : 10, width, pad);
    }
  }
  va_end(arguments);
}
