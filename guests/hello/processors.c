// INIT-SIPI-SIPI (SDM vol. 3 §9.4.4.1). The bootstrap processor waits in HLT: the started one sends it an interrupt
// when it has printed its line, and a timer bounds the wait.
#include "processors.h"

#include "apic.h"
#include "console.h"
#include "interrupts.h"
#include "io.h"
#include "topology.h"

enum { FIRST_WAIT_MS = 20, SECOND_WAIT_MS = 3000 };

extern const uint8_t ap_trampoline[], ap_trampoline_end[];

static uint32_t bootstrap_id;

/**
 * Whose turn it is to print: the processor's place in the list above its APIC id, 32 bits each, so that both are read
 * at once; or nobody's. Written by the bootstrap processor, read by trampoline.S: who comes late takes no stack.
 */
volatile uint64_t baton;
static const uint64_t NOBODY = UINT64_MAX;

enum answer { NONE, DIFFERENT, RIGHT };
static volatile uint8_t answers[PROCESSORS_MAX]; // by place in the list

/** Prints what the calling processor says of itself and whether that is the processor the table means. */
static enum answer print_own_line(uint32_t table_id) {
  uint32_t id = local_apic_id();
  struct topology place = read_topology();
  print("%9u  %7u  %4u  %6u", id, place.package, place.core, place.thread);
  if (id == table_id && place.apic_id == id) {
    print("\r\n");
    return RIGHT;
  }
  print("  (the table says %u, CPUID %u)\r\n", table_id, place.apic_id);
  return DIFFERENT;
}

/** Where trampoline.S leads a processor that has the baton, on the stack of its place in the list. */
void application_processor(uint32_t apic_id, uint32_t place) {
  load_interrupt_table();
  enable_local_apic();
  answers[place] = print_own_line(apic_id);
  send_ipi(IPI_ANSWER, bootstrap_id, 0);
}

static bool wait_for_answer(uint32_t place, uint32_t milliseconds) {
  start_timer(milliseconds);
  while (answers[place] == NONE) {
    wait_for_interrupt();
    end_of_interrupt();
    if (timer_expired()) break;
  }
  stop_timer();
  return answers[place] != NONE;
}

static enum answer start(uint32_t apic_id, uint32_t place, uint32_t low_page) {
  if (low_page == 0) {
    print("  no free page below 1 MiB to start it from\r\n");
    return NONE;
  }
  if (apic_id > highest_reachable_apic_id()) {
    print("  out of reach: this processor has no x2APIC mode\r\n");
    return NONE;
  }
  baton = (uint64_t)place << 32 | apic_id;
  send_ipi(IPI_INIT, apic_id, 0);
  send_ipi(IPI_STARTUP, apic_id, low_page >> 12);
  if (!wait_for_answer(place, FIRST_WAIT_MS)) {
    send_ipi(IPI_STARTUP, apic_id, low_page >> 12);
    wait_for_answer(place, SECOND_WAIT_MS);
  }
  baton = NOBODY;
  if (answers[place] == NONE) print("  did not start\r\n");
  return answers[place];
}

static void print_heading(enum processor_source source) {
  static const char* const names[] = {"in the table", "in the MADT", "in the MP table"};
  print("\r\nProcessors %15s by themselves, CPUID %s\r\n", names[source], topology_source());
  print("  id  %s  role        APIC id  package  core  thread\r\n", source == FROM_MADT ? "    uid" : "version");
}

static void print_entry(enum processor_source source, const struct listed_processor* entry) {
  if (source == FROM_MADT)
    print("%4u  %7u", entry->apic_id, entry->uid);
  else
    print("%4u     0x%02x", entry->apic_id, entry->version);
  print("  %s", entry->bootstrap ? "bootstrap  " : "application");
}

struct processor_count start_processors(const struct processor_list* list, uint32_t low_page) {
  baton = NOBODY;
  if (list->highest_apic_id > highest_reachable_apic_id()) enter_x2apic_mode();
  bootstrap_id = local_apic_id();
  if (low_page != 0) copy((void*)(uintptr_t)low_page, ap_trampoline, (size_t)(ap_trampoline_end - ap_trampoline));
  print_heading(list->source);
  if (list->source == FROM_NOWHERE) {
    print("   -        -  bootstrap  ");
    print_own_line(bootstrap_id);
    return (struct processor_count){.answered = 1, .expected = 1};
  }
  struct processor_count count = {.expected = list->count + list->left_out};
  for (uint32_t place = 0; place < list->count; place++) {
    const struct listed_processor* entry = &list->processors[place];
    print_entry(list->source, entry);
    enum answer answer = entry->bootstrap ? print_own_line(entry->apic_id) : start(entry->apic_id, place, low_page);
    count.answered += answer == RIGHT;
  }
  if (list->left_out > 0) print("and %u more than this guest has room for\r\n", list->left_out);
  return count;
}
