// One list from two kinds of table.
#include "processor_list.h"

#include "apic.h"

static struct processor_list list;

static void add(struct listed_processor processor) {
  if (list.count == PROCESSORS_MAX) {
    list.left_out++;
    return;
  }
  list.processors[list.count++] = processor;
  if (processor.apic_id > list.highest_apic_id) list.highest_apic_id = processor.apic_id;
}

static void add_from_madt(const struct acpi_madt* madt) {
  // The MADT does not say which processor is the bootstrap one: it is the one that reads this.
  uint32_t own_id = local_apic_id();
  const struct madt_local_apic* local = NULL;
  while ((local = next_madt_entry(madt, MADT_LOCAL_APIC, sizeof(*local), local)) != NULL)
    if (local->flags & MADT_ENABLED)
      add((struct listed_processor){
          .apic_id = local->apic_id, .uid = local->uid, .bootstrap = local->apic_id == own_id});
  const struct madt_local_x2apic* wide = NULL;
  while ((wide = next_madt_entry(madt, MADT_LOCAL_X2APIC, sizeof(*wide), wide)) != NULL)
    if (wide->flags & MADT_ENABLED)
      add((struct listed_processor){.apic_id = wide->apic_id, .uid = wide->uid, .bootstrap = wide->apic_id == own_id});
}

static void add_from_mp_table(const struct mp_header* table) {
  const struct mp_processor* entry = NULL;
  while ((entry = next_mp_entry(table, MP_PROCESSOR, entry)) != NULL)
    if (entry->flags & MP_PROCESSOR_ENABLED)
      add((struct listed_processor){.apic_id = entry->apic_id,
                                    .version = entry->apic_version,
                                    .bootstrap = entry->flags & MP_PROCESSOR_BOOTSTRAP});
}

const struct processor_list* list_processors(const struct acpi_madt* madt, const struct mp_header* mp_table) {
  if (madt != NULL) {
    list.source = FROM_MADT;
    add_from_madt(madt);
  } else if (mp_table != NULL) {
    list.source = FROM_MP_TABLE;
    add_from_mp_table(mp_table);
  }
  return &list;
}
