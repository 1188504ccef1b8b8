// Generated from schema/boot-plan.schema.json by `npm run generate`; edit the schema instead.
export const bootPlanSchema = {
  "$schema": "http://json-schema.org/draft-07/schema#",
  "$id": "urn:volt:boot-plan:v1",
  "title": "BootPlan",
  "description": "Everything a guest starts with: memory, bytes, processors, devices and what the host must offer. Compiled from a manifest, executed by the engine, which decides nothing. `generationId` is where 16 random bytes go at every start (the VM generation id), inside memory and a multiple of 8. `sharedMemory` is true where other processes map the guest's memory, and is left out elsewhere.",
  "type": "object",
  "additionalProperties": false,
  "required": ["formatVersion", "name", "memory", "files", "load", "interrupts", "cpuid", "msrs", "vcpus", "boot", "devices", "requires"],
  "properties": {
    "formatVersion": { "const": 1, "description": "Version of this format." },
    "name": { "type": "string", "minLength": 1, "maxLength": 63, "description": "Name of the virtual machine." },
    "memory": {
      "type": "array",
      "minItems": 1,
      "description": "Guest RAM, one entry per KVM memory slot, ascending, without overlap. RAM reads as zero until `load` writes to it.",
      "items": {
        "title": "MemoryRegion",
        "description": "A region of guest memory.",
        "type": "object",
        "additionalProperties": false,
        "required": ["gpa", "size"],
        "properties": {
          "gpa": { "$ref": "#/definitions/address", "description": "First guest-physical address; a multiple of 4096." },
          "size": { "$ref": "#/definitions/bytes", "description": "Length in bytes; a multiple of 4096." }
        }
      }
    },
    "files": {
      "type": "array",
      "description": "Files that `load` refers to. They arrive as open descriptors; a path is never part of a plan.",
      "items": {
        "title": "PlanFile",
        "description": "A file whose bytes go to guest memory.",
        "type": "object",
        "additionalProperties": false,
        "required": ["id", "size", "sha256"],
        "properties": {
          "id": { "type": "string", "pattern": "^[a-z][a-z0-9-]*$", "description": "Name by which `load` refers to the file: kernel, initrd." },
          "size": { "$ref": "#/definitions/bytes", "description": "Length of the whole file in bytes." },
          "sha256": { "type": "string", "pattern": "^[0-9a-f]{64}$", "description": "SHA-256 of the whole file." }
        }
      }
    },
    "load": {
      "type": "array",
      "description": "What is written to guest memory before the first instruction; extents do not overlap and each lies in one memory region.",
      "items": {
        "title": "LoadItem",
        "description": "Bytes at an address of guest memory.",
        "type": "object",
        "additionalProperties": false,
        "required": ["label", "gpa", "size", "from"],
        "properties": {
          "label": { "type": "string", "pattern": "^[a-z][a-z0-9.-]*$", "description": "What it is: kernel.0, initrd, cmdline, zero-page, mptable.pointer, mptable.config, page-tables, gdt, pvh.start-info, acpi.madt." },
          "gpa": { "$ref": "#/definitions/address", "description": "First guest-physical address." },
          "size": { "$ref": "#/definitions/bytes", "description": "Extent in guest memory in bytes; what the source does not fill stays zero." },
          "from": {
            "oneOf": [
              {
                "title": "InlineSource",
                "description": "Bytes that the plan holds.",
                "type": "object",
                "additionalProperties": false,
                "required": ["data"],
                "properties": { "data": { "type": "string", "pattern": "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$", "description": "Bytes in base64 (RFC 4648 with padding), at most `size`; trailing zeros are left out." } }
              },
              {
                "title": "FileSource",
                "description": "Bytes of a file.",
                "type": "object",
                "additionalProperties": false,
                "required": ["file", "offset", "size"],
                "properties": {
                  "file": { "type": "string", "description": "Id of an entry of `files`." },
                  "offset": { "$ref": "#/definitions/bytes", "description": "First byte in the file." },
                  "size": { "$ref": "#/definitions/bytes", "description": "Bytes to copy; at most the item's size." }
                }
              }
            ]
          }
        }
      }
    },
    "interrupts": {
      "title": "Interrupts",
      "description": "Interrupt controllers and timers.",
      "type": "object",
      "additionalProperties": false,
      "required": ["irqchip", "pit", "tss", "identityMap", "lvt"],
      "properties": {
        "irqchip": { "enum": ["kernel"], "description": "kernel: LAPICs, IOAPIC and PICs in KVM." },
        "pit": { "type": "boolean", "description": "Whether KVM's i8254 (PIT2, with speaker port 0x61) exists." },
        "tss": { "$ref": "#/definitions/address", "description": "Three pages KVM may use for its own TSS (KVM_SET_TSS_ADDR); outside memory." },
        "identityMap": { "$ref": "#/definitions/address", "description": "One page KVM may use for an identity map (KVM_SET_IDENTITY_MAP_ADDR); outside memory." },
        "lvt": {
          "title": "LocalVectorTable",
          "type": "object",
          "additionalProperties": false,
          "required": ["lint0", "lint1"],
          "description": "Local vector table entries of every LAPIC at start.",
          "properties": {
            "lint0": { "$ref": "#/definitions/address", "description": "LVT LINT0 register, offset 0x350: 0x700 is ExtINT." },
            "lint1": { "$ref": "#/definitions/address", "description": "LVT LINT1 register, offset 0x360: 0x400 is NMI." }
          }
        }
      }
    },
    "generationId": { "$ref": "#/definitions/address" },
    "sharedMemory": { "type": "boolean", "description": "Whether guest RAM is a file without a name (memfd) rather than private memory of the engine's: for devices that another process serves." },
    "cpuid": { "$ref": "#/definitions/cpuidLeaves" },
    "msrs": {
      "type": "array",
      "description": "Model-specific registers set on every vCPU.",
      "items": {
        "title": "Msr",
        "description": "A model-specific register and its value.",
        "type": "object",
        "additionalProperties": false,
        "required": ["index", "value"],
        "properties": { "index": { "$ref": "#/definitions/address" }, "value": { "$ref": "#/definitions/address" } }
      }
    },
    "vcpus": {
      "type": "array",
      "minItems": 1,
      "maxItems": 4096,
      "description": "The processors. The first is the bootstrap processor; the others wait for INIT and SIPI.",
      "items": {
        "title": "PlanVcpu",
        "description": "A processor.",
        "type": "object",
        "additionalProperties": false,
        "required": ["apicId", "cpuid"],
        "properties": {
          "apicId": { "type": "integer", "minimum": 0, "maximum": 65534, "not": { "const": 255 }, "description": "Local APIC id, which is KVM's vCPU id too. 255 is the broadcast id and never given." },
          "cpuid": { "$ref": "#/definitions/cpuidLeaves" }
        }
      }
    },
    "boot": {
      "title": "BootState",
      "type": "object",
      "additionalProperties": false,
      "required": ["protocol", "registers", "control", "segments", "fpu"],
      "description": "State of the bootstrap processor at its first instruction.",
      "properties": {
        "protocol": { "enum": ["linux64", "pvh"], "description": "Boot protocol that this state follows." },
        "registers": {
          "title": "BootRegisters",
          "type": "object",
          "additionalProperties": false,
          "required": ["rip", "rflags"],
          "description": "General registers; those not named are zero.",
          "properties": {
            "rip": { "$ref": "#/definitions/address" }, "rflags": { "$ref": "#/definitions/address" },
            "rax": { "$ref": "#/definitions/address" }, "rbx": { "$ref": "#/definitions/address" },
            "rcx": { "$ref": "#/definitions/address" }, "rdx": { "$ref": "#/definitions/address" },
            "rsi": { "$ref": "#/definitions/address" }, "rdi": { "$ref": "#/definitions/address" },
            "rsp": { "$ref": "#/definitions/address" }, "rbp": { "$ref": "#/definitions/address" }
          }
        },
        "control": {
          "title": "ControlRegisters",
          "description": "Control registers and EFER.",
          "type": "object",
          "additionalProperties": false,
          "required": ["cr0", "cr3", "cr4", "efer"],
          "properties": {
            "cr0": { "$ref": "#/definitions/address" }, "cr3": { "$ref": "#/definitions/address" },
            "cr4": { "$ref": "#/definitions/address" }, "efer": { "$ref": "#/definitions/address" }
          }
        },
        "segments": {
          "title": "BootSegments",
          "type": "object",
          "additionalProperties": false,
          "required": ["gdt", "idt", "cs", "data", "tr"],
          "description": "Descriptor tables and segment registers; `data` goes to DS, ES, FS, GS and SS.",
          "properties": {
            "gdt": { "$ref": "#/definitions/table" },
            "idt": { "$ref": "#/definitions/table" },
            "cs": { "$ref": "#/definitions/segment" },
            "data": { "$ref": "#/definitions/segment" },
            "tr": { "$ref": "#/definitions/segment" }
          }
        },
        "fpu": {
          "title": "FpuState",
          "description": "Control words of the FPU.",
          "type": "object",
          "additionalProperties": false,
          "required": ["fcw", "mxcsr"],
          "properties": { "fcw": { "$ref": "#/definitions/address" }, "mxcsr": { "$ref": "#/definitions/address" } }
        }
      }
    },
    "devices": {
      "type": "array",
      "maxItems": 64,
      "description": "Devices that the engine emulates. Port ranges and MMIO windows do not overlap, and no id or GSI is given twice.",
      "items": {
        "title": "PlanDevice",
        "description": "A device that the engine emulates.",
        "discriminator": { "propertyName": "type" },
        "required": ["type"],
        "oneOf": [
          { "$ref": "#/definitions/portDevice" },
          { "$ref": "#/definitions/virtioBalloon" },
          { "$ref": "#/definitions/virtioBlock" },
          { "$ref": "#/definitions/virtioConsole" },
          { "$ref": "#/definitions/virtioFs" },
          { "$ref": "#/definitions/virtioNet" },
          { "$ref": "#/definitions/virtioRng" },
          { "$ref": "#/definitions/virtioVsock" }
        ]
      }
    },
    "requires": {
      "title": "Requirements",
      "type": "object",
      "additionalProperties": false,
      "required": ["kvmApiVersion", "capabilities"],
      "description": "What the host must offer; checked before anything is created.",
      "properties": {
        "kvmApiVersion": { "const": 12, "description": "KVM_GET_API_VERSION." },
        "capabilities": {
          "type": "array",
          "description": "Extensions by the names of linux/kvm.h that KVM_CHECK_EXTENSION must report.",
          "items": { "type": "string", "pattern": "^KVM_CAP_[A-Z0-9_]+$" }
        }
      }
    }
  },
  "definitions": {
    "address": { "type": "string", "pattern": "^0x(0|[1-9a-f][0-9a-f]{0,15})$", "description": "A 64-bit value in lower-case hexadecimal without leading zeros." },
    "deviceId": { "type": "string", "pattern": "^[a-z][a-z0-9-]*$", "description": "Name of the device, unique in the plan." },
    "backend": { "type": "string", "pattern": "^[a-z][a-z0-9-]*$", "description": "Name of an open descriptor. It arrives beside those of `files`; a path is never part of a plan." },
    "virtioGsi": { "type": "integer", "minimum": 0, "maximum": 23, "description": "Global system interrupt of the device, edge triggered and its own." },
    "queueSize": { "enum": [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024], "description": "Most descriptors of each queue (QueueNumMax)." },
    "portDevice": {
      "title": "PortDevice",
      "description": "A device at I/O ports.",
      "type": "object",
      "additionalProperties": false,
      "required": ["id", "type", "ports"],
      "properties": {
        "id": { "$ref": "#/definitions/deviceId" },
        "type": { "enum": ["uart16550", "i8042", "power", "pvpanic"], "description": "Device model." },
        "ports": {
          "type": "array",
          "minItems": 1,
          "description": "I/O port ranges the device answers.",
          "items": {
            "title": "PortRange",
            "description": "I/O ports.",
            "type": "object",
            "additionalProperties": false,
            "required": ["base", "size"],
            "properties": { "base": { "$ref": "#/definitions/address" }, "size": { "type": "integer", "minimum": 1, "maximum": 65536 } }
          }
        },
        "gsi": { "type": "integer", "minimum": 0, "maximum": 23, "description": "Global system interrupt that the device raises, if it raises one." }
      }
    },
    "virtioBalloon": {
      "title": "VirtioBalloon",
      "type": "object",
      "additionalProperties": false,
      "required": ["id", "type", "mmio", "gsi", "queueSize", "target", "freePageReporting", "deflateOnOom", "statsIntervalMs"],
      "description": "A balloon (virtio 1.2 §5.5).",
      "properties": {
        "id": { "$ref": "#/definitions/deviceId" },
        "type": { "enum": ["virtio-balloon"] },
        "mmio": { "$ref": "#/definitions/mmioWindow" },
        "gsi": { "$ref": "#/definitions/virtioGsi" },
        "queueSize": { "$ref": "#/definitions/queueSize" },
        "target": { "type": "integer", "minimum": 0, "maximum": 9007199254740991, "description": "Bytes of memory that the guest is to keep, a multiple of 4096 and at most what it has." },
        "freePageReporting": { "type": "boolean", "description": "Whether the guest may report free pages." },
        "deflateOnOom": { "type": "boolean", "description": "Whether the guest may take pages back when it runs out of memory." },
        "statsIntervalMs": { "type": "integer", "minimum": 1, "maximum": 86400000, "description": "Milliseconds between two requests for statistics." }
      }
    },
    "virtioBlock": {
      "title": "VirtioBlock",
      "type": "object",
      "additionalProperties": false,
      "required": ["id", "type", "mmio", "gsi", "queueSize", "backend", "capacity", "readOnly", "serial", "cache", "queues", "discard"],
      "description": "A disk (virtio 1.2 §5.2).",
      "properties": {
        "id": { "$ref": "#/definitions/deviceId" },
        "type": { "enum": ["virtio-block"] },
        "mmio": { "$ref": "#/definitions/mmioWindow" },
        "gsi": { "$ref": "#/definitions/virtioGsi" },
        "queueSize": { "$ref": "#/definitions/queueSize" },
        "backend": { "$ref": "#/definitions/backend" },
        "capacity": { "type": "integer", "minimum": 1, "maximum": 17592186044415, "description": "Length in sectors of 512 bytes; the backend has as many bytes." },
        "readOnly": { "type": "boolean", "description": "Whether the guest may only read." },
        "serial": { "type": "string", "maxLength": 20, "pattern": "^[!-~]*$", "description": "What the guest is told as the device's id; printable ASCII." },
        "cache": { "enum": ["writeback", "writethrough", "unsafe"], "description": "writeback: durable at the guest's flush. writethrough: durable before a write completes. unsafe: flushes do nothing." },
        "queues": { "type": "integer", "minimum": 1, "maximum": 16, "description": "Request queues." },
        "discard": { "type": "boolean", "description": "Whether discard and write-zeroes requests are taken." },
        "overlay": { "$ref": "#/definitions/backend", "description": "Name of the descriptor that takes the writes (docs/overlay-format.md); `backend` is then only read." },
        "rateLimit": {
          "title": "BlockRateLimit",
          "description": "How much passes to and from a disk.",
          "type": "object",
          "additionalProperties": false,
          "properties": { "bandwidth": { "$ref": "#/definitions/bucket" }, "ops": { "$ref": "#/definitions/bucket" } }
        }
      }
    },
    "virtioConsole": {
      "title": "VirtioConsole",
      "type": "object",
      "additionalProperties": false,
      "required": ["id", "type", "mmio", "gsi", "queueSize"],
      "description": "The machine's console as a virtio device (virtio 1.2 §5.3), beside a UART; at most one.",
      "properties": {
        "id": { "$ref": "#/definitions/deviceId" },
        "type": { "enum": ["virtio-console"] },
        "mmio": { "$ref": "#/definitions/mmioWindow" },
        "gsi": { "$ref": "#/definitions/virtioGsi" },
        "queueSize": { "$ref": "#/definitions/queueSize" }
      }
    },
    "virtioFs": {
      "title": "VirtioFs",
      "type": "object",
      "additionalProperties": false,
      "required": ["id", "type", "mmio", "gsi", "queueSize", "tag", "backend", "readOnly", "cache"],
      "description": "A directory of the host (virtio 1.2 §5.11), with one request queue. A daemon serves the queues by vhost-user; the plan has `sharedMemory`.",
      "properties": {
        "id": { "$ref": "#/definitions/deviceId" },
        "type": { "enum": ["virtio-fs"] },
        "mmio": { "$ref": "#/definitions/mmioWindow" },
        "gsi": { "$ref": "#/definitions/virtioGsi" },
        "queueSize": { "$ref": "#/definitions/queueSize" },
        "tag": { "type": "string", "minLength": 1, "maxLength": 36, "pattern": "^[!-~]*$", "description": "What the guest mounts by; printable ASCII." },
        "backend": { "$ref": "#/definitions/backend", "description": "Name of the descriptor of a Unix stream socket that is connected to the daemon." },
        "readOnly": { "type": "boolean", "description": "Whether the daemon only reads. For who starts it, as is `cache`." },
        "cache": { "enum": ["auto", "none", "always"], "description": "What the daemon lets the guest keep." }
      }
    },
    "virtioNet": {
      "title": "VirtioNet",
      "type": "object",
      "additionalProperties": false,
      "required": ["id", "type", "mmio", "gsi", "queueSize", "transport", "backends", "mac", "mtu", "offloads", "preventSpoofing"],
      "description": "A network card (virtio 1.2 §5.1).",
      "properties": {
        "id": { "$ref": "#/definitions/deviceId" },
        "type": { "enum": ["virtio-net"] },
        "mmio": { "$ref": "#/definitions/mmioWindow" },
        "gsi": { "$ref": "#/definitions/virtioGsi" },
        "queueSize": { "$ref": "#/definitions/queueSize" },
        "transport": { "enum": ["tap", "stream"], "description": "tap: queues of one tap interface (IFF_TAP, IFF_NO_PI, IFF_VNET_HDR). stream: a connected Unix stream socket, each frame behind its length (4 bytes, big-endian)." },
        "backends": {
          "type": "array", "minItems": 1, "maxItems": 16,
          "description": "Names of the descriptors, one a pair of queues; a stream has one.",
          "items": { "$ref": "#/definitions/backend" }
        },
        "mac": { "type": "string", "pattern": "^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$", "description": "Address of the card, of one device." },
        "mtu": { "type": "integer", "minimum": 68, "maximum": 65535, "description": "Longest packet in bytes; advice to the driver." },
        "offloads": { "type": "boolean", "description": "Whether checksums and segments are left to the host where the back end can." },
        "preventSpoofing": { "type": "boolean", "description": "Whether frames from another source address are dropped." },
        "vhost": {
          "type": "array", "minItems": 1, "maxItems": 16,
          "description": "The kernel moves the frames of a tap: names of descriptors of /dev/vhost-net, one a pair of queues. Without rateLimit and preventSpoofing.",
          "items": { "$ref": "#/definitions/backend" }
        },
        "rateLimit": {
          "title": "NetRateLimit",
          "type": "object",
          "additionalProperties": false,
          "description": "As the guest sees it, in bytes.",
          "properties": { "receive": { "$ref": "#/definitions/bucket" }, "transmit": { "$ref": "#/definitions/bucket" } }
        }
      }
    },
    "virtioRng": {
      "title": "VirtioRng",
      "type": "object",
      "additionalProperties": false,
      "required": ["id", "type", "mmio", "gsi", "queueSize"],
      "description": "An entropy device (virtio 1.2 §5.4), fed by getrandom(2).",
      "properties": {
        "id": { "$ref": "#/definitions/deviceId" },
        "type": { "enum": ["virtio-rng"] },
        "mmio": { "$ref": "#/definitions/mmioWindow" },
        "gsi": { "$ref": "#/definitions/virtioGsi" },
        "queueSize": { "$ref": "#/definitions/queueSize" },
        "rateLimit": {
          "title": "EntropyRateLimit",
          "description": "How much entropy the guest gets.",
          "type": "object",
          "additionalProperties": false,
          "required": ["bandwidth"],
          "properties": { "bandwidth": { "$ref": "#/definitions/bucket" } }
        }
      }
    },
    "virtioVsock": {
      "title": "VirtioVsock",
      "type": "object",
      "additionalProperties": false,
      "required": ["id", "type", "mmio", "gsi", "queueSize", "cid", "listener", "connector"],
      "description": "Stream sockets between guest and host (virtio 1.2 §5.10).",
      "properties": {
        "id": { "$ref": "#/definitions/deviceId" },
        "type": { "enum": ["virtio-vsock"] },
        "mmio": { "$ref": "#/definitions/mmioWindow" },
        "gsi": { "$ref": "#/definitions/virtioGsi" },
        "queueSize": { "$ref": "#/definitions/queueSize" },
        "cid": { "type": "integer", "minimum": 3, "maximum": 4294967294, "description": "Address of the guest." },
        "listener": { "$ref": "#/definitions/backend", "description": "Name of the descriptor of a listening Unix stream socket, on which programs of the host ask for ports of the guest." },
        "connector": { "$ref": "#/definitions/backend", "description": "Name of the descriptor of the broker's socket (SOCK_SEQPACKET), which makes the guest's connections." }
      }
    },
    "mmioWindow": {
      "title": "MmioWindow",
      "type": "object",
      "additionalProperties": false,
      "required": ["base", "size"],
      "description": "Registers of the device (virtio 1.2 §4.2.2) in guest-physical memory, outside RAM.",
      "properties": {
        "base": { "$ref": "#/definitions/address", "description": "First address; a multiple of 4096." },
        "size": { "type": "integer", "enum": [4096] }
      }
    },
    "bucket": {
      "title": "TokenBucket",
      "type": "object",
      "additionalProperties": false,
      "required": ["perSecond", "burst"],
      "description": "Bytes or operations: how many come back in a second, and how many there are at most.",
      "properties": {
        "perSecond": { "type": "integer", "minimum": 1, "maximum": 9007199254740991 },
        "burst": { "type": "integer", "minimum": 1, "maximum": 9007199254740991 }
      }
    },
    "bytes": { "type": "integer", "minimum": 0, "maximum": 9007199254740991, "description": "A length in bytes." },
    "cpuidLeaves": {
      "type": "array",
      "description": "CPUID leaves. Those of the plan are shared by all vCPUs; a vCPU's own replace those with the same leaf and subleaf, or are added.",
      "items": {
        "title": "CpuidLeaf",
        "description": "A CPUID leaf and what it returns.",
        "type": "object",
        "additionalProperties": false,
        "required": ["leaf", "subleaf", "indexed", "eax", "ebx", "ecx", "edx"],
        "properties": {
          "leaf": { "$ref": "#/definitions/address", "description": "EAX of the query." },
          "subleaf": { "$ref": "#/definitions/address", "description": "ECX of the query; 0x0 where `indexed` is false." },
          "indexed": { "type": "boolean", "description": "Whether ECX selects a subleaf (KVM_CPUID_FLAG_SIGNIFCANT_INDEX)." },
          "eax": { "$ref": "#/definitions/address" }, "ebx": { "$ref": "#/definitions/address" },
          "ecx": { "$ref": "#/definitions/address" }, "edx": { "$ref": "#/definitions/address" }
        }
      }
    },
    "table": {
      "title": "DescriptorTable",
      "description": "A descriptor table.",
      "type": "object",
      "additionalProperties": false,
      "required": ["base", "limit"],
      "properties": { "base": { "$ref": "#/definitions/address" }, "limit": { "$ref": "#/definitions/address" } }
    },
    "segment": {
      "title": "Segment",
      "description": "A segment register with its descriptor.",
      "type": "object",
      "additionalProperties": false,
      "required": ["selector", "base", "limit", "access"],
      "properties": {
        "selector": { "$ref": "#/definitions/address" },
        "base": { "$ref": "#/definitions/address" },
        "limit": { "$ref": "#/definitions/address", "description": "Limit in bytes, after granularity is applied." },
        "access": { "$ref": "#/definitions/address", "description": "Access rights as in a descriptor's bits 40 to 55 without the limit: type 3:0, S 4, DPL 6:5, P 7, AVL 12, L 13, D/B 14, G 15. 0xa09b is flat 64-bit code, 0xc093 flat data, 0x808b a busy TSS." }
      }
    }
  }
}
