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
// The id whose turn it is to print, or NOBODY; written by the bootstrap processor, read by the others.
enum { NOBODY = 256 };
static volatile uint32_t turn = NOBODY;

enum answer { NONE, DIFFERENT, RIGHT };
static volatile uint8_t answers[256]; // by APIC id

/** Prints what the calling processor says of itself and whether that is the processor the table means. */
static enum answer print_own_line(uint32_t table_id) {
  uint32_t id = local_apic_id();
  struct topology place = read_topology();
  print("%9u  %7u  %4u  %6u", id, place.package, place.core, place.thread);
  if (id == table_id && place.apic_id == id) {
    print("\n");
    return RIGHT;
  }
  print("  (the table says %u, CPUID %u)\n", table_id, place.apic_id);
  return DIFFERENT;
}

/** Where trampoline.S leads. `stack_id` is the local APIC id, by which the stack was chosen. */
void application_processor(uint32_t stack_id) {
  if (turn != stack_id) return;
  load_interrupt_table();
  enable_local_apic();
  answers[stack_id] = print_own_line(stack_id);
  send_ipi(IPI_ANSWER, bootstrap_id, 0);
}

static bool wait_for_answer(uint32_t apic_id, uint32_t milliseconds) {
  start_timer(milliseconds);
  while (answers[apic_id] == NONE) {
    wait_for_interrupt();
    end_of_interrupt();
    if (timer_expired()) break;
  }
  stop_timer();
  return answers[apic_id] != NONE;
}

static enum answer start(uint32_t apic_id, uint32_t low_page) {
  if (low_page == 0) {
    print("  no free page below 1 MiB to start it from\n");
    return NONE;
  }
  turn = apic_id;
  send_ipi(IPI_INIT, apic_id, 0);
  send_ipi(IPI_STARTUP, apic_id, low_page >> 12);
  if (!wait_for_answer(apic_id, FIRST_WAIT_MS)) {
    send_ipi(IPI_STARTUP, apic_id, low_page >> 12);
    wait_for_answer(apic_id, SECOND_WAIT_MS);
  }
  turn = NOBODY;
  if (answers[apic_id] == NONE) print("  did not start\n");
  return answers[apic_id];
}

struct processor_count start_processors(const struct mp_header* table, uint32_t low_page) {
  struct processor_count count = {0};
  bootstrap_id = local_apic_id();
  if (low_page != 0) copy((void*)(uintptr_t)low_page, ap_trampoline, (size_t)(ap_trampoline_end - ap_trampoline));
  print("\nProcessors in the table    by themselves, CPUID %s\n", topology_source());
  print("  id  version  role        APIC id  package  core  thread\n");
  if (table == NULL) {
    print("   -        -  bootstrap  ");
    print_own_line(bootstrap_id);
    return (struct processor_count){.answered = 1, .expected = 1};
  }
  const struct mp_processor* processor = NULL;
  while ((processor = next_mp_entry(table, MP_PROCESSOR, processor)) != NULL) {
    if (!(processor->flags & MP_PROCESSOR_ENABLED)) continue;
    bool bootstrap = processor->flags & MP_PROCESSOR_BOOTSTRAP;
    count.expected++;
    print("%4u     0x%02x  %s", processor->apic_id, processor->apic_version, bootstrap ? "bootstrap  " : "application");
    enum answer answer = bootstrap ? print_own_line(processor->apic_id) : start(processor->apic_id, low_page);
    count.answered += answer == RIGHT;
  }
  return count;
}
